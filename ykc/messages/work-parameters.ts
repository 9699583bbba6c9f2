import { percent, pileNo, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

export const workParametersReply = up(0x51, 'work parameter reply', null, {
  pileNo,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
});

/** Locks a pile, or caps its power. */
export const workParameters = down(0x52, 'work parameters', 0x51, {
  pileNo,
  lock: u8({ meanings: { 0: 'may work', 1: 'stopped' } }),
  /** 30 to 100. */
  maxPower: percent,
});
