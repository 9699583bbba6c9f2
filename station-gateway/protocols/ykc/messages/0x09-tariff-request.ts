import { tariffModel, tariffRequest } from '@voltpile/ykc/messages/tariff';
import type { YkcMessage } from '../message.ts';
import { toTariffBody } from '../tariff-model.ts';
import { tariffOf } from '../tariff-of.ts';

const HOUR_MS = 3_600_000;
/** A pile that goes on asking takes our answers for broken ones. */
const MANY_PER_HOUR = 20;

/** 0x09 (V1.6 §6, answer 0x0A): the pile wants the tariff; without one it does not charge. */
export const tariffRequestMessage: YkcMessage<typeof tariffRequest.fields> = {
  table: tariffRequest,
  tells: ['tariffAsked', 'tariffTaken'],
  async handle({ pileNo }, exchange) {
    const { pile } = exchange;
    const { model, source } = await tariffOf(exchange);
    exchange.answer(tariffModel, toTariffBody(pileNo, model));
    await exchange.port.tariffTaken({ origin: exchange.origin(), tariff: source });
    const now = pile.link.ticks;
    const asked = [...pile.tariffRequests.filter((at) => now - at < HOUR_MS), now].slice(-MANY_PER_HOUR - 1);
    if (asked.length === MANY_PER_HOUR + 1 && pile.tariffRequests.length <= MANY_PER_HOUR) {
      pile.link.warn(
        { perHour: MANY_PER_HOUR },
        'a pile asks for its tariff again and again: it refuses our check or length',
      );
    }
    pile.tariffRequests = asked;
  },
};
