import { tariffCheck, tariffCheckReply } from '@voltpile/ykc/messages/tariff';
import type { YkcMessage } from '../message.ts';

const SAME = 0;
const DIFFERS = 1;

/** 0x05 (V1.6 §6, answer 0x06): whether the pile's tariff is ours. If not, it asks for ours. */
export const tariffCheckMessage: YkcMessage<typeof tariffCheck.fields> = {
  table: tariffCheck,
  tells: [],
  async handle({ pileNo, modelNo }, exchange) {
    const result = modelNo === exchange.pile.settings.tariff.modelNo ? SAME : DIFFERS;
    exchange.answer(tariffCheckReply, { pileNo, modelNo, result });
  },
};
