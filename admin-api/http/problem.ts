import { type ErrorDetails, type ErrorKind, toVoltpileError } from '@voltpile/kernel/errors';
import { classifyDatabaseError } from '@voltpile/platform/database/connection';
import * as z from 'zod';

/**
 * Errors as RFC 9457 problem documents. {@link HTTP_OF_KIND} is the one table that turns the kinds of errors of the house into HTTP.
 *
 * FailedPrecondition is 409 like Conflict: the request was understood and is allowed, but the state of the thing is against it. (412
 * would say that a condition in the request's own headers failed; 422 is kept for requests that contradict themselves.)
 */
export const HTTP_OF_KIND: Readonly<Record<ErrorKind, { readonly status: number; readonly title: string }>> = {
  InvalidArgument: { status: 400, title: 'Bad request' },
  Unauthenticated: { status: 401, title: 'Not authenticated' },
  PermissionDenied: { status: 403, title: 'Not allowed' },
  NotFound: { status: 404, title: 'Not found' },
  Conflict: { status: 409, title: 'Conflict' },
  FailedPrecondition: { status: 409, title: 'Not possible in this state' },
  Internal: { status: 500, title: 'Internal error' },
  Unavailable: { status: 503, title: 'Temporarily unavailable' },
};

/** What is wrong with one field of the request. `path` is empty when it is the whole. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** Refusals that only the HTTP edge knows, so that no kind stands for them: media types, sizes, methods, rates, repeated keys. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(facts: {
    status: number;
    code: string;
    title: string;
    detail: string;
    headers?: Record<string, string>;
    errors?: readonly FieldProblem[];
  }) {
    super(facts.detail);
    this.name = 'HttpRefusal';
    this.status = facts.status;
    this.code = facts.code;
    this.title = facts.title;
    this.headers = facts.headers ?? {};
    this.errors = facts.errors;
  }
}

export function badRequest(code: string, detail: string, errors?: readonly FieldProblem[]): HttpRefusal {
  const { status, title } = HTTP_OF_KIND.InvalidArgument;
  return new HttpRefusal({ status, title, code, detail, ...(errors === undefined ? {} : { errors }) });
}

/** 404 for an id that no thing of this sort can have. */
export function noSuchThing(errors: readonly FieldProblem[]): HttpRefusal {
  const { status, title } = HTTP_OF_KIND.NotFound;
  return new HttpRefusal({ status, title, code: 'request.malformed_id', detail: 'There is no such thing.', errors });
}

/** 429 with the time after which another try makes sense. */
export function tooManyRequests(code: string, detail: string, retryAfterSeconds: number): HttpRefusal {
  return new HttpRefusal({
    status: 429,
    code,
    title: 'Too many requests',
    detail,
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A URN that ends in the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable name of what went wrong; clients may rely on it.' }),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Public facts about the error: names, limits, ids.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong, field by field.' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document.' });

export type Problem = z.infer<typeof problemSchema>;

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
  /** The error behind a 5xx, for the log. */
  readonly cause: unknown;
}

const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** Any thrown value as a problem document. Of what nobody classified, nothing is told. */
export function toProblem(thrown: unknown, requestId: string): ProblemResponse {
  const refusal = thrown instanceof HttpRefusal ? thrown : fromHttpLibraries(thrown);
  if (refusal !== undefined) {
    const { status, code, title, message: detail, headers, errors } = refusal;
    const body = {
      type: urn(code),
      title,
      status,
      detail,
      code,
      ...(errors === undefined ? {} : { errors: [...errors] }),
      requestId,
    };
    return { status, headers, body, cause: undefined };
  }
  const error = toVoltpileError(classifyDatabaseError(thrown));
  const { status, title } = HTTP_OF_KIND[error.kind];
  const headers: Record<string, string> = {};
  if (error.kind === 'Unauthenticated') headers['WWW-Authenticate'] = 'Bearer realm="voltpile"';
  if (error.kind === 'Unavailable') headers['Retry-After'] = String(retryAfter(error.details));
  const errors = fieldProblems(error.details);
  const body: Problem = {
    type: urn(error.code),
    title,
    status,
    // An Internal error made on purpose may carry a text for the log; the public gets the same sentence every time.
    detail: error.kind === 'Internal' ? 'Something went wrong on our side.' : error.message,
    code: error.kind === 'Internal' ? 'internal' : error.code,
    ...(error.kind === 'Internal' || Object.keys(error.details).length === 0 ? {} : { details: { ...error.details } }),
    ...(errors === undefined ? {} : { errors }),
    requestId,
  };
  if (error.kind === 'Internal') body.type = urn('internal');
  return { status, headers, body, cause: status >= 500 ? (error.cause ?? error) : undefined };
}

function urn(code: string): string {
  return `urn:voltpile:problem:${code}`;
}

function retryAfter(details: ErrorDetails): number {
  const given = details.retryAfterSeconds;
  return typeof given === 'number' && given > 0 ? Math.ceil(given) : DEFAULT_RETRY_AFTER_SECONDS;
}

/**
 * The domain says what is wrong with an argument in one of two ways: one `field` with what was `expected`, or a list of `problems`, each
 * a JSON pointer and a text (`/evseId must be integer`).
 */
function fieldProblems({ field, expected, problems }: ErrorDetails): FieldProblem[] | undefined {
  if (typeof field === 'string' && typeof expected === 'string') {
    return [{ path: field, message: `must be ${expected}` }];
  }
  if (!Array.isArray(problems)) return undefined;
  return problems.map((problem: string | number) => {
    const [, pointer, message] = /^\/(\S*) (.+)$/s.exec(String(problem)) ?? [];
    if (pointer === undefined || message === undefined) return { path: '', message: String(problem) };
    return { path: pointer.replaceAll('/', '.'), message };
  });
}

/** What express and its body parser throw has a `status`, and a `type` when it is about the body. */
function fromHttpLibraries(thrown: unknown): HttpRefusal | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { status, type, limit } = thrown as { status?: unknown; type?: unknown; limit?: unknown };
  switch (type) {
    case 'entity.too.large':
      return new HttpRefusal({
        status: 413,
        code: 'request.too_large',
        title: 'Too large',
        detail: `The request body is larger than ${String(limit)} bytes.`,
      });
    case 'entity.parse.failed':
      return badRequest('request.malformed_json', 'The request body is not a JSON object or array.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return unsupportedMediaType('The request body must be UTF-8, plain or compressed by gzip, deflate or br.');
  }
  if (thrown instanceof URIError) {
    return badRequest('request.malformed_url', 'The URL has a percent sequence that does not decode.');
  }
  // Aborted uploads, wrong lengths: the sender's doing, all of them.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return badRequest('request.malformed', 'The request could not be read.');
  }
  return undefined;
}

export function unsupportedMediaType(detail: string, accepted = 'application/json'): HttpRefusal {
  return new HttpRefusal({
    status: 415,
    code: 'request.unsupported_media_type',
    title: 'Unsupported media type',
    detail,
    headers: { Accept: accepted },
  });
}
