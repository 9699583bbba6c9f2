import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { fromScopeColumns, type ScopeColumns } from './access-scope.ts';
import type { Caller, RequestOrigin } from './caller.ts';
import { roleNamed } from './roles.ts';

export const roleNotAvailable = defineError(
  'auth.role_not_available_yet',
  'PermissionDenied',
  'The role {role} cannot log in yet: its part of the system is still to come.',
);

const DAY_MS = 86_400_000;
/** An unused session ends after a week, any session after a month. */
const REFRESH_LIFETIME_MS = 7 * DAY_MS;
const SESSION_LIFETIME_MS = 30 * DAY_MS;
/** Beyond this, a user's oldest session is ended when a new one opens. */
const MAX_SESSIONS_PER_USER = 200;

export type RevocationReason = 'logout' | 'refresh-token-reused' | 'user-disabled' | 'password-changed' | 'too-many';

/** What came of a refresh token. Values, not errors: the revocation that a reuse brings has to be committed. */
export type Rotation =
  | { readonly kind: 'rotated'; readonly sessionId: Uuid; readonly userId: Uuid; readonly refreshToken: string }
  /** Unknown, expired, or of a session that has ended. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'reused'; readonly userId: Uuid };

interface RefreshRow {
  session_id: Uuid;
  user_id: Uuid;
  token_expires_at: Date;
  used_at: Date | null;
  session_expires_at: Date;
  revoked_at: Date | null;
}

interface CallerRow extends ScopeColumns {
  session_id: Uuid;
  user_id: Uuid;
  email: string;
  role: string;
}

/**
 * Sessions of people and their refresh tokens. A refresh token is good for one use; a second use means that it was copied, and ends
 * the session with all that came of it. Only hashes are stored.
 */
export class Sessions {
  readonly #knex: Knex;
  readonly #clock: Clock;

  constructor(knex: Knex, clock: Clock) {
    this.#knex = knex;
    this.#clock = clock;
  }

  /** Opens a session for a user who has just proved to be who they are. */
  async open(
    userId: Uuid,
    origin: RequestOrigin,
    transaction: Knex,
  ): Promise<{ readonly sessionId: Uuid; readonly refreshToken: string }> {
    const now = this.#clock.now();
    const sessionId = uuidv7(now);
    await transaction
      .withSchema('identity')
      .table('sessions')
      .insert({
        id: sessionId,
        user_id: userId,
        created_at: new Date(now),
        expires_at: new Date(now + SESSION_LIFETIME_MS),
        address: origin.address,
        user_agent: origin.userAgent?.slice(0, 300) ?? null,
      });
    await transaction.raw(
      `update identity.sessions set revoked_at = :now, revoked_reason = 'too-many' where id in (
         select id from identity.sessions where user_id = :userId and revoked_at is null and expires_at > :now
         order by id desc offset :kept)`,
      { now: new Date(now), userId, kept: MAX_SESSIONS_PER_USER },
    );
    return { sessionId, refreshToken: await this.#issue(sessionId, now + SESSION_LIFETIME_MS, transaction) };
  }

  /** Trades a refresh token for the next one of its session; a token that was traded before ends the session. */
  async rotate(refreshToken: string): Promise<Rotation> {
    const now = this.#clock.now();
    const tokenHash = hashToken(refreshToken);
    return this.#knex.transaction(async (transaction): Promise<Rotation> => {
      const { rows } = await transaction.raw<{ rows: RefreshRow[] }>(
        `select t.session_id, s.user_id, t.expires_at as token_expires_at, t.used_at, s.expires_at as session_expires_at, s.revoked_at
         from identity.refresh_tokens t join identity.sessions s on s.id = t.session_id
         where t.token_hash = ? for update of s, t`,
        [tokenHash],
      );
      const row = rows[0];
      if (row === undefined || row.revoked_at !== null) return { kind: 'invalid' };
      if (row.used_at !== null) {
        await this.revoke(row.session_id, 'refresh-token-reused', transaction);
        return { kind: 'reused', userId: row.user_id };
      }
      if (row.token_expires_at.getTime() <= now || row.session_expires_at.getTime() <= now) {
        return { kind: 'invalid' };
      }
      await transaction
        .withSchema('identity')
        .table('refresh_tokens')
        .where({ token_hash: tokenHash })
        .update({ used_at: new Date(now) });
      const next = await this.#issue(row.session_id, row.session_expires_at.getTime(), transaction);
      return { kind: 'rotated', sessionId: row.session_id, userId: row.user_id, refreshToken: next };
    });
  }

  async #issue(sessionId: Uuid, sessionExpiresAt: number, transaction: Knex): Promise<string> {
    const now = this.#clock.now();
    const token = randomBytes(32).toString('base64url');
    await transaction
      .withSchema('identity')
      .table('refresh_tokens')
      .insert({
        token_hash: hashToken(token),
        session_id: sessionId,
        issued_at: new Date(now),
        expires_at: new Date(Math.min(now + REFRESH_LIFETIME_MS, sessionExpiresAt)),
      });
    return token;
  }

  async revoke(sessionId: Uuid, reason: RevocationReason, transaction: Knex = this.#knex): Promise<void> {
    await transaction
      .withSchema('identity')
      .table('sessions')
      .where({ id: sessionId })
      .whereNull('revoked_at')
      .update({ revoked_at: new Date(this.#clock.now()), revoked_reason: reason });
  }

  async revokeAllOf(userId: Uuid, reason: RevocationReason, transaction: Knex): Promise<void> {
    await transaction
      .withSchema('identity')
      .table('sessions')
      .where({ user_id: userId })
      .whereNull('revoked_at')
      .update({ revoked_at: new Date(this.#clock.now()), revoked_reason: reason });
  }

  /**
   * Who is behind these sessions now. Sessions that are revoked or expired, of disabled users, or of users whose role cannot log in
   * are left out.
   */
  async callers(sessionIds: readonly Uuid[]): Promise<Map<Uuid, Caller>> {
    if (sessionIds.length === 0) return new Map();
    const { rows } = await this.#knex.raw<{ rows: CallerRow[] }>(
      `select s.id as session_id, u.id as user_id, u.email, u.role, u.scope_kind, u.scope_ids
       from identity.sessions s join identity.users u on u.id = s.user_id
       where s.id = any(?) and s.revoked_at is null and s.expires_at > ? and not u.disabled`,
      [[...sessionIds], new Date(this.#clock.now())],
    );
    const callers = new Map<Uuid, Caller>();
    for (const row of rows) {
      const role = roleNamed(row.role);
      if (role === undefined || !role.available) continue;
      callers.set(row.session_id, {
        userId: row.user_id,
        sessionId: row.session_id,
        email: row.email,
        role: role.name,
        permissions: new Set(role.permissions),
        scope: fromScopeColumns(row),
      });
    }
    return callers;
  }

  /** Removes sessions that ended more than a month ago, with their tokens. At most 1,000 at a time. */
  async purge(): Promise<number> {
    const { rowCount } = await this.#knex.raw<{ rowCount: number }>(
      `delete from identity.sessions where id in (select id from identity.sessions where expires_at < ? order by expires_at limit 1000)`,
      [new Date(this.#clock.now() - SESSION_LIFETIME_MS)],
    );
    return rowCount;
  }
}

/** Tokens are 256 random bits: a plain hash cannot be turned back. */
function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
