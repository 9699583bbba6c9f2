import { countedText, pileNo, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** What the pile puts before its number in the code on its screen. */
export const qrPrefix = down(0xf0, 'QR code prefix (later addition)', 0xf1, {
  pileNo,
  format: u8({ meanings: { 0: 'prefix and pile number', 1: 'prefix, pile number and gun' } }),
  /** At most 200 characters. */
  prefix: countedText('prefixLen'),
});
/** `ok` does not prove that the pile shows the code. */
export const qrPrefixReply = up(0xf1, 'QR code prefix reply', null, {
  pileNo,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
});
