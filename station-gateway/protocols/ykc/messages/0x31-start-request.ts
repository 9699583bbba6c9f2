import { startConfirmation, startRequest } from '@voltpile/ykc/messages/start';
import type { YkcMessage } from '../message.ts';
import { decideStartRequest } from '../start-request.ts';

/** 0x31 (V1.6 §6, §4.3; answer 0x32): a card was shown, or the car's VIN read. The serial of the charge is ours. */
export const startRequestMessage: YkcMessage<typeof startRequest.fields> = {
  table: startRequest,
  tells: ['authorize'],
  async handle(values, exchange) {
    const { pileNo, gun } = values;
    const decided = await decideStartRequest(values, exchange);
    exchange.answer(startConfirmation, { pileNo, gun, ...decided });
  },
};
