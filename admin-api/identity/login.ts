import { randomBytes } from 'node:crypto';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Knex } from 'knex';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-tokens.ts';
import type { AuditLog } from './audit-log.ts';
import type { Caller, RequestOrigin } from './caller.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { ROLES } from './roles.ts';
import { roleNotAvailable, type Sessions } from './sessions.ts';
import type { Users } from './users.ts';

/** One text for an unknown address, a wrong password and a disabled user: the answer tells nobody who has an account. */
export const invalidCredentials = defineError(
  'auth.invalid_credentials',
  'Unauthenticated',
  'The email address or the password is wrong.',
);

export const badRefreshToken = defineError(
  'auth.invalid_refresh_token',
  'Unauthenticated',
  'The refresh token is unknown, expired or revoked. Please log in again.',
);
export const refreshTokenReused = defineError(
  'auth.refresh_token_reused',
  'Unauthenticated',
  'The refresh token was used before. The session has been ended for safety; please log in again.',
);

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** The way in and out for people. */
export class Login {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #hasher: PasswordHasher;
  readonly #users: Users;
  readonly #sessions: Sessions;
  readonly #accessTokens: AccessTokens;
  readonly #audit: AuditLog;
  #decoyHash: string | undefined;

  constructor(parts: {
    readonly knex: Knex;
    readonly clock: Clock;
    readonly hasher: PasswordHasher;
    readonly users: Users;
    readonly sessions: Sessions;
    readonly accessTokens: AccessTokens;
    readonly audit: AuditLog;
  }) {
    this.#knex = parts.knex;
    this.#clock = parts.clock;
    this.#hasher = parts.hasher;
    this.#users = parts.users;
    this.#sessions = parts.sessions;
    this.#accessTokens = parts.accessTokens;
    this.#audit = parts.audit;
  }

  /** Makes the hash of a password that nobody has, before the first login needs it: its making must not tell unknown addresses. */
  async prepare(): Promise<string> {
    this.#decoyHash ??= await this.#hasher.hash(randomBytes(24).toString('base64url'));
    return this.#decoyHash;
  }

  /**
   * @throws Unauthenticated `auth.invalid_credentials`; PermissionDenied `auth.role_not_available_yet`
   */
  async login(email: string, password: string, origin: RequestOrigin): Promise<TokenPair> {
    const user = await this.#users.findByEmail(email);
    // An unknown address costs the same work as a known one.
    const right = await this.#hasher.verify(user?.passwordHash ?? (await this.prepare()), password);
    if (user === undefined || !right || user.disabled) {
      await this.#audit.append(
        { userId: user?.id ?? null, email },
        { action: 'auth.login', objectType: 'user', objectId: user?.id ?? null },
        origin,
        'refused',
      );
      throw invalidCredentials();
    }
    const actor = { userId: user.id, email: user.email };
    const facts = { action: 'auth.login', objectType: 'user', objectId: user.id };
    if (!ROLES[user.role].available) {
      await this.#audit.append(actor, facts, origin, 'refused');
      throw roleNotAvailable({ role: user.role });
    }
    const { sessionId, refreshToken } = await this.#knex.transaction(async (transaction) => {
      await transaction
        .withSchema('identity')
        .table('users')
        .where({ id: user.id })
        .update({ last_login_at: new Date(this.#clock.now()) });
      await this.#audit.append(actor, facts, origin, 'done', transaction);
      return this.#sessions.open(user.id, origin, transaction);
    });
    return this.#pair(user.id, sessionId, refreshToken);
  }

  /** @throws Unauthenticated `auth.invalid_refresh_token`, `auth.refresh_token_reused` */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<TokenPair> {
    const next = await this.#sessions.rotate(refreshToken);
    if (next.kind === 'invalid') throw badRefreshToken();
    if (next.kind === 'reused') {
      const facts = { action: 'auth.refresh-token-reused', objectType: 'user', objectId: next.userId };
      await this.#audit.append({ userId: next.userId, email: null }, facts, origin, 'refused');
      throw refreshTokenReused();
    }
    // The session may belong to somebody who has been given a role that cannot log in.
    if (!(await this.#sessions.callers([next.sessionId])).has(next.sessionId)) throw badRefreshToken();
    return this.#pair(next.userId, next.sessionId, next.refreshToken);
  }

  /** Ends the caller's session. */
  async logout(caller: Caller): Promise<void> {
    await this.#sessions.revoke(caller.sessionId, 'logout');
  }

  async #pair(userId: string, sessionId: string, refreshToken: string): Promise<TokenPair> {
    const accessToken = await this.#accessTokens.issue(userId, sessionId);
    return { accessToken, refreshToken, expiresInSeconds: ACCESS_TOKEN_SECONDS };
  }
}
