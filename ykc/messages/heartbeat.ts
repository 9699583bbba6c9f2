import { GUN_HEAD, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** Every 10 s, for each gun or for the guns in turns. */
export const heartbeat = up(0x03, 'heartbeat', 0x04, {
  ...GUN_HEAD,
  gunState: u8({ meanings: { 0: 'normal', 1: 'fault' } }),
});

export const heartbeatReply = down(0x04, 'heartbeat reply', null, { ...GUN_HEAD, reply: u8() });
