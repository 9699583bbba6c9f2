import { parallelStartConfirmation, parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import type { YkcMessage } from '../message.ts';
import { decideStartRequest } from '../start-request.ts';

/**
 * 0xA1 (V1.6 §6, §4.7; answer 0xA2): two guns feed one car, and each asks for itself. Each gets a serial of its own; the group number ties what
 * comes of them together. The pile starts when all were accepted.
 */
export const parallelStartRequestMessage: YkcMessage<typeof parallelStartRequest.fields> = {
  table: parallelStartRequest,
  tells: ['authorize'],
  async handle(values, exchange) {
    const { pileNo, gun, parallelNo } = values;
    const decided = await decideStartRequest(values, exchange, parallelNo);
    exchange.answer(parallelStartConfirmation, { pileNo, gun, ...decided, parallelNo });
  },
};
