import { defineError } from '@voltpile/kernel/errors';
import type { NextFunction, Request, Response } from 'express';
import { Passport } from 'passport';
import type { AccessTokens, Authenticated } from '../identity/access-tokens.ts';

export const tokenMissing = defineError(
  'auth.token_missing',
  'Unauthenticated',
  'This needs an access token: send `Authorization: Bearer …` with one from /api/v1/auth/login.',
);
export const tokenInvalid = defineError(
  'auth.token_invalid',
  'Unauthenticated',
  'The access token is not valid, has expired, or its session has ended.',
);

/** Who sent the request. Throws Unauthenticated `auth.token_missing` or `auth.token_invalid`. */
export type Authenticate = (request: Request, response: Response) => Promise<Authenticated>;

export function createAuthenticate(accessTokens: AccessTokens): Authenticate {
  const passport = new Passport();
  passport.use(accessTokens.strategy());
  return (request, response) =>
    new Promise((resolve, reject) => {
      const verdict = (error: unknown, authenticated?: Authenticated | false | null): void => {
        if (error !== null && error !== undefined) reject(error as Error);
        else if (authenticated) resolve(authenticated);
        else reject(request.headers.authorization === undefined ? tokenMissing() : tokenInvalid());
      };
      const handler = passport.authenticate('jwt', { session: false }, verdict) as (
        request: Request,
        response: Response,
        next: NextFunction,
      ) => void;
      handler(request, response, (error?: unknown) => verdict(error ?? null));
    });
}
