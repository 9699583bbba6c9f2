import { createHash } from 'node:crypto';

const DIGITS = 16;
export const NO_CARD = '0'.repeat(DIGITS);

/**
 * The physical number (8 bytes, hex) that a reader finds on a card which scenarios call so. Hex numbers are right-aligned, so that a card like
 * `D14B0A54` is the same one at stations of every protocol; short texts are their characters; longer ones get a number of their own.
 */
export function cardNumberOf(idTag: string): string {
  if (/^[0-9a-f]{1,16}$/i.test(idTag)) return idTag.toLowerCase().padStart(DIGITS, '0');
  const bytes = Buffer.from(idTag, 'utf8');
  const hex = bytes.length <= DIGITS / 2 ? bytes.toString('hex') : createHash('sha256').update(bytes).digest('hex');
  return hex.slice(0, DIGITS).padEnd(DIGITS, '0');
}
