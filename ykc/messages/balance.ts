import { balanceYuan, bytes, GUN_HEAD, pileNo, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

export const balanceUpdateReply = up(0x41, 'balance update reply', null, {
  pileNo,
  physCard: bytes(8),
  result: u8({ meanings: { 0: 'ok', 1: 'pile number error', 2: 'card number error' } }),
});

/** More money while charging. */
export const balanceUpdate = down(0x42, 'balance update', 0x41, {
  ...GUN_HEAD,
  /** Zeros: not to be checked. */
  physCard: bytes(8),
  balance: balanceYuan,
});
