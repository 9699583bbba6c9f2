import { heartbeat, heartbeatReply } from '@voltpile/ykc/messages/heartbeat';
import type { YkcMessage } from '../message.ts';
import { toEvseId } from '../values/guns.ts';

const NORMAL = 0;

/** 0x03 (V1.6 §6, answer 0x04): every 10 s. Its fault flag says less than 0x13, which counts: when it changes, the gun is asked. */
export const heartbeatMessage: YkcMessage<typeof heartbeat.fields> = {
  table: heartbeat,
  tells: ['heartbeat'],
  async handle({ pileNo, gun, gunState }, exchange) {
    const { pile } = exchange;
    exchange.answer(heartbeatReply, { pileNo, gun, reply: 0 });
    const evseId = toEvseId(gun, pile.guns);
    if (evseId !== undefined) {
      const state = pile.gun(gun, evseId);
      const isFaulty = gunState !== NORMAL;
      if (isFaulty !== state.isFaulty) pile.read(gun);
      state.isFaulty = isFaulty;
    }
    await exchange.port.heartbeat(exchange.origin());
  },
};
