import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { defineError } from '@voltpile/kernel/errors';

export const badStationKey = defineError(
  'station.bad_password',
  'InvalidArgument',
  'A station password has {min} to {max} characters and no control characters.',
);

/**
 * Lengths of keys that people type. OCPP 2.0.1 `BasicAuthPassword` holds 16 to 40 characters. A 1.6 station takes its key as
 * `AuthorizationKey`, up to 40 hex digits that stand for 20 bytes: there a typed text of more than 20 characters cannot be set over
 * OCPP, while a key of 40 hex digits (as we make them) can.
 */
const MIN_LENGTH = 16;
const MAX_LENGTH = 40;
/** 160 bits: as much as AuthorizationKey holds. */
const MADE_KEY_BYTES = 20;
/** Nothing longer can be a key in either form; saves decoding what a stranger sends. */
const MAX_PRESENTED_BYTES = 4 * MAX_LENGTH;

/** A new random key as 40 lower-case hex digits. */
export function makeStationKey(): string {
  return randomBytes(MADE_KEY_BYTES).toString('hex');
}

/**
 * Checks a key that a person chose.
 *
 * @throws InvalidArgument `station.bad_password`
 */
export function checkStationKey(key: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (key.length < MIN_LENGTH || key.length > MAX_LENGTH || /[\u0000-\u001f\u007f]/.test(key) || !key.isWellFormed()) {
    throw badStationKey({ min: MIN_LENGTH, max: MAX_LENGTH });
  }
}

/** What is stored of a key: HMAC-SHA-256 under the server's secret. Keys are long and random or long enough; no slow hash is needed. */
export function hashStationKey(secret: Buffer, key: string): Buffer {
  return hash(secret, canonical(Buffer.from(key, 'utf8')));
}

/**
 * Whether the presented password is the key, in any of the forms in which stations send it: as it is; as the bytes that its hex digits
 * stand for (what OCPP asks for when AuthorizationKey travelled as hex); as the hex digits of it. Takes the same time for every answer.
 */
export function matchesStationKey(secret: Buffer, presented: Buffer, keyHash: Buffer): boolean {
  if (presented.length > MAX_PRESENTED_BYTES) return false;
  const forms = [presented, Buffer.from(presented.toString('hex'), 'latin1'), decodedHex(presented)];
  let matches = false;
  for (const form of forms) {
    const candidate = hash(secret, canonical(form));
    // No early exit: which form matched is nobody's business.
    matches = (candidate.length === keyHash.length && timingSafeEqual(candidate, keyHash)) || matches;
  }
  return matches && presented.length > 0;
}

function hash(secret: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', secret).update(key).digest();
}

/** Hex digits are the same key in capitals and in small letters. */
function canonical(key: Buffer): Buffer {
  return isHex(key) ? Buffer.from(key.toString('latin1').toLowerCase(), 'latin1') : key;
}

function decodedHex(presented: Buffer): Buffer {
  return isHex(presented) ? Buffer.from(presented.toString('latin1'), 'hex') : presented;
}

function isHex(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(bytes.toString('latin1'));
}
