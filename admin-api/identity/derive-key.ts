import { hkdfSync } from 'node:crypto';

/** The shortest server secret that is accepted. */
export const MIN_SECRET_BYTES = 32;

/**
 * A 256-bit key for one purpose, derived from the server's secret by HKDF-SHA-256 (RFC 5869): no two uses share a key, and none
 * tells anything about the secret.
 */
export function deriveKey(secret: Buffer, purpose: 'access-token' | 'idempotency-hash' | 'idempotency-body'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `voltpile admin-api ${purpose}`, 32));
}
