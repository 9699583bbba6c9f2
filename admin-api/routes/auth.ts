import * as z from 'zod';
import { tooManyRequests } from '../http/problem.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { definePublicRoute, defineRoute, type Route } from '../http/route.ts';
import type { Login } from '../identity/login.ts';
import { addressGroup, type LoginThrottle } from '../identity/login-throttle.ts';
import { callerView } from '../schemas/user.ts';

const tag = 'authentication';

const tokenPair = z
  .object({
    accessToken: z.string().meta({ description: 'For `Authorization: Bearer`.' }),
    refreshToken: z.string().meta({ description: 'Good for one use.' }),
    expiresInSeconds: z.int().meta({ description: 'Of the access token.' }),
  })
  .meta({ id: 'TokenPair' });

export interface AuthParts {
  readonly login: Login;
  readonly throttle: LoginThrottle;
  /** Per address, of requests that come without an access token. */
  readonly refreshes: RateLimit;
}

export function authRoutes({ login, throttle, refreshes }: AuthParts): Route[] {
  return [
    definePublicRoute({
      method: 'post',
      path: '/api/v1/auth/login',
      operationId: 'login',
      tag,
      summary: 'Log in',
      description:
        '401 says the same for an unknown address and a wrong password; 403 `auth.role_not_available_yet` is for roles whose part of the ' +
        'system is still to come; 429 comes after too many failed attempts.',
      permission: 'public',
      body: z.strictObject({ email: z.string().min(1).max(254), password: z.string().min(1).max(1024) }),
      responses: { 200: { description: 'Logged in.', schema: tokenPair } },
      handle: async ({ body, origin }) => {
        const ticket = await throttle.enter(body.email, origin.address);
        if ('retryAfterSeconds' in ticket) {
          throw tooManyRequests('auth.throttled', 'Too many failed logins. Please wait.', ticket.retryAfterSeconds);
        }
        const tokens = await login.login(body.email, body.password, origin);
        await ticket.succeeded();
        return { status: 200, json: tokens, audit: null };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/v1/auth/refresh',
      operationId: 'refresh',
      tag,
      summary: 'Trade a refresh token for new tokens',
      description: 'Each refresh token is good for one use. A second use ends the session.',
      permission: 'public',
      body: z.strictObject({ refreshToken: z.string().min(1).max(200) }),
      responses: { 200: { description: 'New tokens.', schema: tokenPair } },
      handle: async ({ body, origin }) => {
        await refreshes.count(addressGroup(origin.address));
        return { status: 200, json: await login.refresh(body.refreshToken, origin), audit: null };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/auth/logout',
      operationId: 'logout',
      tag,
      summary: 'End this session',
      description: 'Its access and refresh tokens are worthless from then on.',
      permission: 'authenticated',
      ignoresIdempotencyKey: true,
      responses: { 204: { description: 'Logged out.' } },
      handle: async ({ caller }) => {
        await login.logout(caller);
        return { status: 204, audit: { action: 'auth.logout', objectType: 'user', objectId: caller.userId } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/auth/me',
      operationId: 'getCaller',
      tag,
      summary: 'Who am I, and what may I do?',
      permission: 'authenticated',
      responses: { 200: { description: 'The caller.', schema: callerView } },
      handle: async ({ caller }) => ({
        status: 200,
        json: {
          id: caller.userId,
          email: caller.email,
          role: caller.role,
          scope: caller.scope,
          permissions: [...caller.permissions],
        },
      }),
    }),
  ];
}
