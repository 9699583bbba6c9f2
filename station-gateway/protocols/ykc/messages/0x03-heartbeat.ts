import { heartbeat, heartbeatReply } from '@voltpile/ykc/messages/heartbeat';
import type { YkcMessage } from '../message.ts';

/** 0x03 (V1.6 §6, answer 0x04): every 10 s. Its fault flag says less than 0x13, which counts. */
export const heartbeatMessage: YkcMessage<typeof heartbeat.fields> = {
  table: heartbeat,
  async handle({ pileNo, gun }, exchange) {
    exchange.answer(heartbeatReply, { pileNo, gun, reply: 0 });
    await exchange.port.heartbeat(exchange.origin());
  },
};
