import { HEAD_BYTES } from '@voltpile/ykc/frames/frame';

/** Where secrets are in bodies: the password of a driver (0x31, 0xA1), of the FTP host (0x94). */
const SECRETS: ReadonlyMap<number, readonly [from: number, bytes: number]> = new Map([
  [0x31, [18, 16]],
  [0xa1, [18, 16]],
  [0x94, [44, 16]],
]);

/** A frame as hex, with stars for what nobody may read. */
export function showFrame(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const secret = SECRETS.get(bytes[HEAD_BYTES - 1] ?? 0);
  if (secret === undefined) return hex;
  const [at, length] = secret;
  const from = (HEAD_BYTES + at) * 2;
  const hidden = hex.slice(from, from + length * 2);
  // Zeros are no password.
  if (/^0*$/.test(hidden)) return hex;
  return `${hex.slice(0, from)}${'*'.repeat(hidden.length)}${hex.slice(from + hidden.length)}`;
}
