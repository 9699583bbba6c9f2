import { createHash, randomBytes } from 'node:crypto';

/** 192 bits, as 32 characters. */
const TOKEN_BYTES = 24;
const TOKEN_SHAPE = /^[A-Za-z0-9_-]{32}$/;

/** A new permission to fetch or put one file. Whoever knows it may; it is in the address that the station gets, and nowhere else. */
export function makeToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: digest(token) };
}

/** What is stored in a token's place; undefined for a text that cannot be one. Nothing can be guessed from it: tokens are random. */
export function hashToken(token: string): Buffer | undefined {
  return TOKEN_SHAPE.test(token) ? digest(token) : undefined;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
