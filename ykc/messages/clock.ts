import { cp56, pileNo } from '../fields/notation.ts';
import { down, up } from './message.ts';

export const clockReply = up(0x55, 'clock reply', null, { pileNo, time: cp56 });
/** After login and once a day. */
export const clockSet = down(0x56, 'clock set', 0x55, { pileNo, time: cp56 });
