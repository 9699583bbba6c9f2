import type { AuthorizationStatus } from '@voltpile/csms/contract/station-port';

/** Codes of 0x32 and 0xA2 (V1.6, reasons of a failed authentication). */
export const NO_ACCOUNT = 0x01;
export const WRONG_PASSWORD = 0x07;
/** There is no such gun: the nearest that the table has, and it says nothing about the card. */
export const NO_SUCH_GUN = 0x05;
export const VIN_UNKNOWN = 0x09;
const NOT_HERE = 0x06;

const CODES: Readonly<Record<AuthorizationStatus, number>> = {
  Accepted: 0x00,
  Blocked: 0x02,
  ConcurrentTx: 0x04,
  Expired: 0x02,
  Invalid: NO_ACCOUNT,
  NoCredit: 0x03,
  NotAtThisLocation: NOT_HERE,
  NotAtThisTime: NOT_HERE,
  Unknown: NO_ACCOUNT,
};

/** Why somebody may not charge, in the pile's words. */
export function failureOf(status: AuthorizationStatus, isVin: boolean): number {
  const code = CODES[status];
  return code === NO_ACCOUNT && isVin ? VIN_UNKNOWN : code;
}

/** Too many questions: says nothing about the card. */
export const TOO_MANY = NOT_HERE;
