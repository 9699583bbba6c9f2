import { tariffCheck, tariffCheckReply } from '@voltpile/ykc/messages/tariff';
import type { YkcMessage } from '../message.ts';
import { tariffOf } from '../tariff-of.ts';

const SAME = 0;
const DIFFERS = 1;

/** 0x05 (V1.6 §6, answer 0x06): whether the pile's tariff is ours. If not, it asks for ours; until it has, it is not known to have any. */
export const tariffCheckMessage: YkcMessage<typeof tariffCheck.fields> = {
  table: tariffCheck,
  tells: ['tariffAsked', 'tariffTaken'],
  async handle({ pileNo, modelNo }, exchange) {
    const { model, source } = await tariffOf(exchange);
    const result = modelNo === model.modelNo ? SAME : DIFFERS;
    exchange.answer(tariffCheckReply, { pileNo, modelNo, result });
    if (result === SAME) await exchange.port.tariffTaken({ origin: exchange.origin(), tariff: source });
  },
};
