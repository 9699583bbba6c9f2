import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { deriveKey } from '../identity/derive-key.ts';
import { HttpRefusal } from './problem.ts';

export const requestInProgress = defineError(
  'idempotency.in_progress',
  'Conflict',
  'A request with this Idempotency-Key is being carried out at the moment.',
  { retryable: true },
);
export const outcomeUnknown = defineError(
  'idempotency.outcome_unknown',
  'Conflict',
  'A request with this Idempotency-Key was begun, but its answer was not kept: it may have been carried out. Look, then use a new key.',
);

const LIFETIME_MS = 86_400_000;
/** A request that has taken longer was cut off, by a crash or a lost database. */
const IN_PROGRESS_MS = 60_000;
const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; null without a body. */
  readonly body: string | null;
}

interface KeyRow {
  request_hash: Buffer;
  created_at: Date;
  response: Buffer | null;
}

/**
 * Answers kept for 24 hours, so that a client that lost one may send its POST again without doing it twice.
 *
 * A request is never carried out a second time under one key, not even when the server died in the middle: then the repeat is told that
 * the outcome is unknown. Answers are stored encrypted (AES-256-GCM, key derived from the server's secret), because one of them may
 * hold a station's new password; requests are stored as a keyed hash only.
 */
export class IdempotencyKeys {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #hashKey: Buffer;
  readonly #bodyKey: Buffer;

  constructor(knex: Knex, clock: Clock, secret: Buffer) {
    this.#knex = knex;
    this.#clock = clock;
    this.#hashKey = deriveKey(secret, 'idempotency-hash');
    this.#bodyKey = deriveKey(secret, 'idempotency-body');
  }

  /**
   * Takes the key for this request, or finds what was answered under it.
   *
   * @param key the header as it came
   * @returns undefined when the request is to be carried out now, and {@link complete} or {@link forget} to be called after it
   * @throws 400 `idempotency.bad_key`, 422 `idempotency.key_reused`; Conflict `idempotency.in_progress`, `idempotency.outcome_unknown`
   */
  async begin(
    userId: Uuid,
    key: string,
    request: { readonly method: string; readonly url: string; readonly body: unknown },
  ): Promise<StoredResponse | undefined> {
    if (!KEY_SHAPE.test(key)) {
      throw new HttpRefusal({
        status: 400,
        code: 'idempotency.bad_key',
        title: 'Bad request',
        detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
      });
    }
    const now = this.#clock.now();
    const requestHash = createHmac('sha256', this.#hashKey)
      .update(`${request.method}\n${request.url}\n${canonicalJson(request.body)}`)
      .digest();
    const { rowCount } = await this.#knex.raw<{ rowCount: number }>(
      `insert into identity.idempotency_keys as k (user_id, key, request_hash, created_at, expires_at)
       values (:userId, :key, :requestHash, :now, :expiresAt)
       on conflict (user_id, key) do update
         set request_hash = excluded.request_hash, created_at = excluded.created_at, expires_at = excluded.expires_at, response = null
         where k.expires_at <= excluded.created_at`,
      { userId, key, requestHash, now: new Date(now), expiresAt: new Date(now + LIFETIME_MS) },
    );
    if (rowCount > 0) return undefined;
    const row = await this.#row(userId, key);
    // Forgotten between the two statements: the first request failed for the time being, and so may this one be tried again.
    if (row === undefined) throw requestInProgress();
    if (!row.request_hash.equals(requestHash)) {
      throw new HttpRefusal({
        status: 422,
        code: 'idempotency.key_reused',
        title: 'Key used for another request',
        detail: 'This Idempotency-Key was used for a different request.',
      });
    }
    if (row.response === null) {
      throw now - row.created_at.getTime() < IN_PROGRESS_MS ? requestInProgress() : outcomeUnknown();
    }
    return this.#open(userId, key, row.response);
  }

  async complete(userId: Uuid, key: string, response: StoredResponse): Promise<void> {
    await this.#knex
      .withSchema('identity')
      .table('idempotency_keys')
      .where({ user_id: userId, key })
      .update({ response: this.#seal(userId, key, response) });
  }

  /** Nothing was done: the next request with this key is carried out. */
  async forget(userId: Uuid, key: string): Promise<void> {
    await this.#knex.withSchema('identity').table('idempotency_keys').where({ user_id: userId, key }).delete();
  }

  /** Removes what has expired, at most 10,000 at a time. */
  async purge(): Promise<number> {
    const { rowCount } = await this.#knex.raw<{ rowCount: number }>(
      `delete from identity.idempotency_keys where (user_id, key) in
         (select user_id, key from identity.idempotency_keys where expires_at <= ? order by expires_at limit 10000)`,
      [new Date(this.#clock.now())],
    );
    return rowCount;
  }

  #row(userId: Uuid, key: string): Promise<KeyRow | undefined> {
    return this.#knex
      .withSchema('identity')
      .first<KeyRow | undefined>('request_hash', 'created_at', 'response')
      .from('idempotency_keys')
      .where({ user_id: userId, key });
  }

  #seal(userId: Uuid, key: string, response: StoredResponse): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#bodyKey, iv).setAAD(Buffer.from(`${userId} ${key}`));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(response)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  #open(userId: Uuid, key: string, stored: Buffer): StoredResponse {
    const iv = stored.subarray(0, IV_BYTES);
    const tag = stored.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#bodyKey, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(`${userId} ${key}`))
      .setAuthTag(tag);
    try {
      const text = Buffer.concat([decipher.update(stored.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as StoredResponse;
    } catch (error) {
      // Written under another server secret.
      throw outcomeUnknown({}, error);
    }
  }
}

/** JSON text that does not depend on the order of members or on white space. The depth of bodies is limited where they are read. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}
