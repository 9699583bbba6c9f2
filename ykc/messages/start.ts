import { ascii, balanceYuan, bcd, bytes, CHARGE_HEAD, GUN_HEAD, reversedAscii, u8 } from '../fields/notation.ts';
import { AUTHORIZATION_FAILURES } from '../tables/authorization-failures.ts';
import { START_FAILURES } from '../tables/start-failures.ts';
import { down, up } from './message.ts';

/** Bodies that the frames of parallel charging begin with as well. */
export const START_REQUEST = {
  ...GUN_HEAD,
  mode: u8({ meanings: { 1: 'card', 2: 'account', 3: 'VIN' } }),
  needPwd: u8({ meanings: { 0: 'no', 1: 'yes' } }),
  cardOrAccount: bytes(8),
  /** Sixteen characters of the password's MD5. */
  pwd: ascii(16),
  vin: reversedAscii(17),
} as const;

export const START_CONFIRMATION = {
  ...CHARGE_HEAD,
  /** The card number that is shown to people, right-aligned. */
  logicCard: bcd(8),
  balance: balanceYuan,
  auth: u8({ meanings: { 0: 'refused', 1: 'accepted' } }),
  failReason: u8({ meanings: AUTHORIZATION_FAILURES }),
} as const;

export const REMOTE_START = {
  ...CHARGE_HEAD,
  logicCard: bcd(8),
  /** Zeros for people without a card. */
  physCard: bytes(8),
  /** What the pile may spend; it stops at zero. */
  balance: balanceYuan,
} as const;

export const REMOTE_START_REPLY = {
  ...CHARGE_HEAD,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
  failReason: u8({ meanings: START_FAILURES }),
} as const;

/** A card was shown, or the car's VIN read. */
export const startRequest = up(0x31, 'pile asks to start (card / VIN)', 0x32, START_REQUEST);
export const startConfirmation = down(0x32, 'start confirmation', null, START_CONFIRMATION);

/** Comes a second time when the gun is plugged in up to 60 s after the command. */
export const remoteStartReply = up(0x33, 'remote start reply', null, REMOTE_START_REPLY);
export const remoteStart = down(0x34, 'remote start', 0x33, REMOTE_START);
