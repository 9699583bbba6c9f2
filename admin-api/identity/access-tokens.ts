import type { Clock } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { SignJWT } from 'jose';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { Caller } from './caller.ts';
import { deriveKey } from './derive-key.ts';
import type { Sessions } from './sessions.ts';

/** Ten minutes: how long a token that nobody revoked is good for. */
export const ACCESS_TOKEN_SECONDS = 600;

const ALGORITHM = 'HS256';
const ISSUER = 'voltpile';
const AUDIENCE = 'voltpile-api';

/** What a verified request carries on. */
export interface Authenticated {
  readonly caller: Caller;
  /** Epoch milliseconds at which the access token ends. */
  readonly expiresAt: number;
}

/** Access tokens: JWTs signed by a key that is derived from the server's secret, bound to a session. */
export class AccessTokens {
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #sessions: Sessions;

  constructor(secret: Buffer, clock: Clock, sessions: Sessions) {
    this.#key = deriveKey(secret, 'access-token');
    this.#clock = clock;
    this.#sessions = sessions;
  }

  issue(userId: Uuid, sessionId: Uuid): Promise<string> {
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
      .sign(this.#key);
  }

  /**
   * The passport strategy: a bearer token in the Authorization header, nowhere else. Besides the signature it asks the database whether
   * the session still stands, so that a logout, a disabled user and a changed role count from the next request on.
   */
  strategy(): Strategy {
    return new Strategy(
      {
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKey: this.#key,
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        // The library reads the machine's clock; the expiry is checked below by the clock that was handed in.
        ignoreExpiration: true,
      },
      (claims: { sub?: unknown; sid?: unknown; exp?: unknown }, done) => {
        this.#authenticate(claims).then(
          (authenticated) => done(null, authenticated ?? false),
          (error: unknown) => done(error, false),
        );
      },
    );
  }

  async #authenticate(claims: { sub?: unknown; sid?: unknown; exp?: unknown }): Promise<Authenticated | undefined> {
    const { sub, sid, exp } = claims;
    if (typeof sub !== 'string' || typeof sid !== 'string' || !isUuid(sid) || typeof exp !== 'number') return undefined;
    const expiresAt = exp * 1000;
    if (expiresAt <= this.#clock.now()) return undefined;
    const caller = (await this.#sessions.callers([sid])).get(sid);
    return caller === undefined || caller.userId !== sub ? undefined : { caller, expiresAt };
  }
}
