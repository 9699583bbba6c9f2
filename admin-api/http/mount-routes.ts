import { defineError } from '@voltpile/kernel/errors';
import type { Express, Request, Response } from 'express';
import type { AuditIntents } from '../identity/audit-intents.ts';
import type { AuditLog } from '../identity/audit-log.ts';
import { type RequestOrigin, requirePermission, scopeTooNarrow } from '../identity/caller.ts';
import type { Authenticate } from './authenticate.ts';
import { drainBody, liftBodyTime } from './body-time.ts';
import type { IdempotencyKeys, StoredResponse } from './idempotency.ts';
import { jsonBody } from './json-body.ts';
import type { ApiLogger } from './logger.ts';
import { HttpRefusal, type ProblemResponse, toProblem, unsupportedMediaType } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';
import { requestOrigin } from './request-origin.ts';
import type { BodyContent, Method, Route, RouteResult } from './route.ts';
import { runWithTrace } from './run-with-trace.ts';

export const unknownRoute = defineError('request.unknown_route', 'NotFound', 'There is nothing at this address.');

export interface RouterParts {
  readonly authenticate: Authenticate;
  readonly perUser: RateLimit;
  readonly idempotency: IdempotencyKeys;
  readonly audit: AuditLog;
  readonly intents: AuditIntents;
  readonly logger: ApiLogger;
}

/**
 * Puts the declared routes into the application. Per request: token, rate, permission, body, validation, idempotency key, handler,
 * audit log, answer: in this order, so that strangers cost little and nothing is read for them.
 *
 * @throws Error at boot when a route is declared without a permission, or twice
 */
export function mountRoutes(app: Express, routes: readonly Route[], parts: RouterParts): void {
  const byPath = new Map<string, Map<Method, Route>>();
  for (const route of routes) {
    const name = `${route.method.toUpperCase()} ${route.path}`;
    // Not only a matter of types: a permission that is missing opens the route to everybody.
    if (typeof route.permission !== 'string') throw new Error(`${name} declares no permission`);
    const methods = byPath.get(route.path) ?? new Map<Method, Route>();
    if (methods.has(route.method)) throw new Error(`${name} is declared twice`);
    byPath.set(route.path, methods.set(route.method, route));
  }
  for (const [path, methods] of byPath) {
    const place = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const [method, route] of methods) {
      place[method](async (request: Request, response: Response) => serve(route, request, response, parts));
    }
    const allowed = [...methods.keys()].map((method) => method.toUpperCase());
    if (methods.has('get')) allowed.push('HEAD');
    place.all(() => {
      throw new HttpRefusal({
        status: 405,
        code: 'request.method_not_allowed',
        title: 'Method not allowed',
        detail: `Only ${allowed.join(', ')} can be used here.`,
        headers: { Allow: allowed.join(', ') },
      });
    });
  }
}

async function serve(route: Route, request: Request, response: Response, parts: RouterParts): Promise<void> {
  const origin = requestOrigin(request, response);
  const authenticated = route.permission === 'public' ? undefined : await parts.authenticate(request, response);
  if (authenticated !== undefined) {
    await parts.perUser.count(authenticated.caller.userId);
    if (route.permission !== 'public' && route.permission !== 'authenticated') {
      requirePermission(authenticated.caller, route.permission);
    }
    if (route.wholeDeployment === true && authenticated.caller.scope.kind !== 'everything') throw scopeTooNarrow();
  }
  if (route.body !== undefined) await readBody(request, response);
  const content =
    route.streamBody === undefined ? undefined : openBody(request, response, route.streamBody.contentType);
  const key =
    route.method === 'post' && route.ignoresIdempotencyKey !== true ? request.get('Idempotency-Key') : undefined;
  const handle = route.prepare({
    params: request.params,
    query: request.query,
    body: request.body as unknown,
    content,
    lastEventId: request.get('Last-Event-ID'),
    idempotencyKey: key,
  });

  const { id } = request.params;
  const run = () =>
    runWithTrace(route, parts.intents, () => handle(authenticated, origin), {
      actor: actorOf(authenticated),
      origin,
      objectId: typeof id === 'string' ? id : null,
      body: request.body as unknown,
    });

  const userId = authenticated?.caller.userId;
  if (key === undefined || userId === undefined) {
    const result = await run();
    if ('send' in result) return result.send(request, response);
    if ('audit' in result && result.audit !== null) {
      await parts.audit.append(actorOf(authenticated), result.audit, origin);
    }
    return send(response, toStored(result));
  }

  const kept = await parts.idempotency.begin(userId, key, {
    method: request.method,
    url: request.originalUrl,
    body: request.body as unknown,
  });
  if (kept !== undefined) {
    response.setHeader('Idempotency-Replayed', 'true');
    return send(response, kept);
  }
  const answer = await carryOut(run, origin);
  if (answer.kind === 'retry') {
    await parts.idempotency.forget(userId, key);
    throw answer.error;
  }
  if (answer.audit !== null) await parts.audit.append(actorOf(authenticated), answer.audit, origin);
  await parts.idempotency.complete(userId, key, answer.stored);
  if (answer.problem !== undefined) logProblem(parts.logger, answer.problem, origin, route);
  send(response, answer.stored);
}

type Answer =
  | { readonly kind: 'retry'; readonly error: unknown }
  | {
      readonly kind: 'final';
      readonly stored: StoredResponse;
      readonly audit: Parameters<AuditLog['append']>[1] | null;
      readonly problem?: ProblemResponse;
    };

/** Runs a handler whose answer is to be kept. What is worth another try (503, 429) is not kept. */
async function carryOut(run: () => Promise<RouteResult>, origin: RequestOrigin): Promise<Answer> {
  try {
    const result = await run();
    if ('send' in result) throw new Error('an answer that is written directly cannot be kept');
    return { kind: 'final', stored: toStored(result), audit: 'audit' in result ? result.audit : null };
  } catch (error) {
    const problem = toProblem(error, origin.requestId);
    if (problem.status === 503 || problem.status === 429) return { kind: 'retry', error };
    return { kind: 'final', stored: storedProblem(problem), audit: null, problem };
  }
}

function actorOf(authenticated: Awaited<ReturnType<Authenticate>> | undefined): {
  userId: string | null;
  email: string | null;
} {
  return { userId: authenticated?.caller.userId ?? null, email: authenticated?.caller.email ?? null };
}

function readBody(request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    jsonBody(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error)));
  });
}

/** The body of a request that holds a file; undefined when there is none. */
function openBody(request: Request, response: Response, contentType: string): BodyContent | undefined {
  const { headers } = request;
  const isChunked = headers['transfer-encoding'] !== undefined;
  const declaredBytes = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  if (!isChunked && (declaredBytes ?? 0) === 0) return undefined;
  // A part of a file, or a file in another coding, must not be taken for the file.
  const coding = headers['content-encoding'] ?? 'identity';
  if (request.is(contentType) !== contentType || coding !== 'identity' || headers['content-range'] !== undefined) {
    throw unsupportedMediaType(`The request body must be ${contentType}, whole and uncompressed.`, contentType);
  }
  liftBodyTime(request);
  response.once('finish', () => drainBody(request));
  return { stream: request, contentType: headers['content-type'], declaredBytes };
}

function toStored(result: {
  status: number;
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
}): StoredResponse {
  return {
    status: result.status,
    headers: result.headers ?? {},
    body: result.json === undefined ? null : JSON.stringify(result.json),
  };
}

function send(response: Response, { status, headers, body }: StoredResponse): void {
  response.status(status);
  if (body !== null) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeaders(new Map(Object.entries(headers)));
  response.end(body ?? undefined);
}

/** Answers a problem document. Nothing can be answered any more once a stream has begun; then the connection ends. */
export function sendProblem(response: Response, problem: ProblemResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  send(response, storedProblem(problem));
}

function storedProblem({ status, headers, body }: ProblemResponse): StoredResponse {
  return { status, headers: { ...headers, 'Content-Type': 'application/problem+json' }, body: JSON.stringify(body) };
}

/** Only what is our own trouble is an error for the log; refusals are the clients' business. */
export function logProblem(logger: ApiLogger, problem: ProblemResponse, origin: RequestOrigin, route?: Route): void {
  if (problem.cause === undefined) return;
  const facts = {
    err: problem.cause,
    requestId: origin.requestId,
    code: problem.body.code,
    ...(route === undefined ? {} : { operation: route.operationId }),
  };
  if (problem.status === 503) logger.warn(facts, 'a request could not be served for now');
  else logger.error(facts, 'a request failed');
}
