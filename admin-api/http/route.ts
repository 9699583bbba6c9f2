import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import * as z from 'zod';
import type { Authenticated } from '../identity/access-tokens.ts';
import type { AuditFacts } from '../identity/audit-log.ts';
import type { Caller, RequestOrigin } from '../identity/caller.ts';
import type { Permission } from '../identity/permissions.ts';
import { badRequest, type FieldProblem, noSuchThing } from './problem.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** `public` needs no token; `authenticated` any valid one; a permission must be in the caller's role. */
export type RoutePermission = Permission | 'public' | 'authenticated';

export interface ResponseDeclaration {
  readonly description: string;
  /** Of the JSON body; absent when there is none. */
  readonly schema?: z.ZodType;
  /** Another media type than JSON. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReadResult {
  readonly status: number;
  readonly json: unknown;
}

export interface WriteResult {
  readonly status: number;
  /** Absent: no body. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What to write into the audit log; null when the handler has written it, or when nothing of note was done. */
  readonly audit: AuditFacts | null;
}

/** An answer that the route writes by itself: text, or a stream without end. */
export interface DirectResult {
  readonly send: (request: Request, response: Response) => Promise<void>;
}

export type RouteResult = ReadResult | WriteResult | DirectResult;

/** The body of a request as it comes in: not read yet. */
export interface BodyContent {
  readonly stream: IncomingMessage;
  /** With its parameters, as it came. */
  readonly contentType: string | undefined;
  /** Content-Length; null when the client does not say. */
  readonly declaredBytes: number | null;
}

interface CallBase<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly origin: RequestOrigin;
}

/** A validated request of a known caller. */
export interface Call<P, Q, B> extends CallBase<P, Q, B> {
  readonly caller: Caller;
  /** Epoch milliseconds at which the caller's access token ends. */
  readonly tokenExpiresAt: number;
  readonly lastEventId: string | undefined;
  /** Of a POST. Repeated requests are answered before they come here; what must not be done twice even then keeps it. */
  readonly idempotencyKey: string | undefined;
}

interface Declared {
  readonly method: Method;
  /** As OpenAPI writes it: `/api/v1/stations/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly permission: RoutePermission;
  /** The caller's scope must be everything: the thing belongs to no organisation. */
  readonly wholeDeployment?: boolean;
  /** By status. Errors need none: every operation answers them with a problem document. */
  readonly responses: Readonly<Record<number, ResponseDeclaration>>;
  /** A POST that takes no `Idempotency-Key`. */
  readonly ignoresIdempotencyKey?: boolean;
  /** It moves money: that somebody is about to do it is written down before it is done. The object is `{id}` of the path. */
  readonly intent?: Pick<AuditFacts, 'action' | 'objectType'>;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body is not JSON: it goes to the handler as it comes, and neither memory nor the usual limits of time and size hold it. */
  readonly streamBody?: { readonly contentType: string; readonly description: string };
  /** Request headers for the document; they are not validated here. */
  readonly headers?: z.ZodObject;
}

/** What the router is given to work on a request with. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Of a route with a `streamBody`. */
  readonly content?: BodyContent | undefined;
  readonly lastEventId: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** A declared route with its types folded away: validation and handler are one step each. */
export interface Route extends Declared {
  /** Validates; the returned function carries the request out. */
  prepare(input: RawInput): (authenticated: Authenticated | undefined, origin: RequestOrigin) => Promise<RouteResult>;
}

type Result<M extends Method> = Promise<(M extends 'get' ? ReadResult : WriteResult) | DirectResult>;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

type Declaration<M extends Method, P, Q, B> = Omit<Declared, 'method' | 'params' | 'query' | 'body'> & {
  readonly method: M;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
};

/**
 * Declares one operation of the API: from this one declaration come the check of the permission, the validation of path, query and
 * body, and the operation in the OpenAPI document.
 */
export function defineRoute<
  M extends Method,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<M, P, Q, B> & {
    readonly permission: Permission | 'authenticated';
    handle(call: Call<Parsed<P>, Parsed<Q>, Parsed<B>>): Result<M>;
  },
): Route {
  return {
    ...declared(declaration),
    prepare(input) {
      const call = parse<P, Q, B>(declaration, input);
      return (authenticated, origin) => {
        if (authenticated === undefined) throw new Error('a route that needs a caller was reached without one');
        const { caller, expiresAt } = authenticated;
        return declaration.handle({
          ...call,
          origin,
          caller,
          tokenExpiresAt: expiresAt,
          lastEventId: input.lastEventId,
          idempotencyKey: input.idempotencyKey,
        });
      };
    },
  };
}

/**
 * Declares an operation whose body is a file. It takes no `Idempotency-Key`: a kept answer is only for the same request, and two contents
 * cannot be compared before both are here. What it makes has to bear repetition by itself.
 */
export function defineStreamRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
>(
  declaration: Omit<Declaration<'post', P, Q, undefined>, 'body' | 'ignoresIdempotencyKey' | 'streamBody'> & {
    readonly permission: Permission | 'authenticated';
    readonly streamBody: { readonly contentType: string; readonly description: string };
    handle(call: Call<Parsed<P>, Parsed<Q>, undefined> & { readonly content: BodyContent }): Result<'post'>;
  },
): Route {
  return {
    ...declared({ ...declaration, ignoresIdempotencyKey: true }),
    prepare(input) {
      const call = parse<P, Q, undefined>(declaration, input);
      const { content } = input;
      if (content === undefined) throw badRequest('request.body_missing', 'This request needs a body.');
      return (authenticated, origin) => {
        if (authenticated === undefined) throw new Error('a route that needs a caller was reached without one');
        const { caller, expiresAt } = authenticated;
        const { lastEventId, idempotencyKey } = input;
        const about = { ...call, origin, caller, tokenExpiresAt: expiresAt, lastEventId, idempotencyKey };
        return declaration.handle({ ...about, content });
      };
    },
  };
}

/** Declares an operation that needs no token. */
export function definePublicRoute<
  M extends Method,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<M, P, Q, B> & {
    readonly permission: 'public';
    handle(call: CallBase<Parsed<P>, Parsed<Q>, Parsed<B>>): Result<M>;
  },
): Route {
  return {
    ...declared(declaration),
    prepare(input) {
      const call = parse<P, Q, B>(declaration, input);
      return (_authenticated, origin) => declaration.handle({ ...call, origin });
    },
  };
}

function declared(
  declaration: Declaration<Method, z.ZodObject | undefined, z.ZodObject | undefined, z.ZodType | undefined>,
): Declared {
  const { params, query, body, ...rest } = declaration;
  return {
    ...rest,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
}

const NOTHING = z.strictObject({});

function parse<P, Q, B>(
  schemas: {
    readonly params?: z.ZodType | undefined;
    readonly query?: z.ZodType | undefined;
    readonly body?: z.ZodType | undefined;
  },
  input: RawInput,
): { params: Parsed<P>; query: Parsed<Q>; body: Parsed<B> } {
  const params = checkPath(schemas.params ?? NOTHING, input.params);
  refuseRepeated(input.query);
  const query = check(schemas.query ?? NOTHING, input.query, 'query');
  const body = schemas.body === undefined ? undefined : check(schemas.body, input.body, 'body');
  return { params, query, body } as { params: Parsed<P>; query: Parsed<Q>; body: Parsed<B> };
}

/** A thing whose id cannot be one does not exist. */
function checkPath(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw noSuchThing(result.error.issues.flatMap(toFieldProblems));
}

/** A parameter counts once: no query has lists, and which of several values is meant nobody can say. */
function refuseRepeated(query: unknown): void {
  const repeated = Object.entries(query ?? {}).filter(([, value]) => Array.isArray(value));
  if (repeated.length === 0) return;
  throw badRequest(
    'request.invalid_query',
    'The query of the URL is not valid.',
    repeated.map(([path]) => ({ path, message: 'This is given more than once.' })),
  );
}

function check(schema: z.ZodType, value: unknown, place: 'query' | 'body'): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (place === 'body' && value === undefined) {
    throw badRequest('request.body_missing', 'This request needs a JSON body.');
  }
  throw badRequest(
    `request.invalid_${place}`,
    place === 'body' ? 'The request body is not valid.' : 'The query of the URL is not valid.',
    result.error.issues.flatMap(toFieldProblems),
  );
}

function toFieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: 'There is no such field.' }));
}
