/** Why a start is refused, `failReason` of 0x32 and 0xA2. */
export const AUTHORIZATION_FAILURES: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'no such account',
  2: 'account frozen',
  3: 'balance too low',
  4: 'card has an unsettled record',
  5: 'pile disabled',
  6: 'account not allowed here',
  7: 'wrong password',
  8: 'site power exhausted',
  9: 'VIN unknown',
  10: 'pile has an unsettled record',
  11: 'pile does not support cards',
};
