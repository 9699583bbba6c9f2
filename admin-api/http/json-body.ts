import { isUtf8 } from 'node:buffer';
import { isStorable } from '@voltpile/platform/database/storable-text';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { badRequest, unsupportedMediaType } from './problem.ts';

/** 1 MiB, after decompression. */
export const BODY_LIMIT_BYTES = 1_048_576;

/** Nesting that no sensible payload reaches; it keeps recursive code downstream from running out of stack. */
const MAX_DEPTH = 64;

const NOT_UTF8 = 'The request body must be JSON in UTF-8.';

const parseJson = express.json({
  limit: BODY_LIMIT_BYTES,
  strict: true,
  type: 'application/json',
  // Other codes would be read as letters that nobody has written.
  verify: (_request, _response, bytes) => {
    if (!isUtf8(bytes)) throw unsupportedMediaType(NOT_UTF8);
  },
});

/**
 * Reads a JSON body into `request.body`; undefined when there is none. Only `application/json` in UTF-8 is taken. Bodies are also refused when
 * they nest too deeply, or hold what PostgreSQL cannot store: the character U+0000, or one half of a surrogate pair.
 */
export const jsonBody: RequestHandler = (request: Request, response: Response, next: NextFunction): void => {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) {
    next();
    return;
  }
  if (request.is('application/json') !== 'application/json') {
    next(unsupportedMediaType('The request body must be application/json.'));
    return;
  }
  if (!isInUtf8(headers['content-type'])) {
    next(unsupportedMediaType(NOT_UTF8));
    return;
  }
  parseJson(request, response, (error?: unknown) => {
    if (error !== undefined) return next(error);
    const problem = problemWith(request.body);
    if (problem === undefined) next();
    else next(badRequest('request.unacceptable_json', problem));
  });
};

/** Without a charset JSON is in UTF-8 (RFC 8259). */
function isInUtf8(contentType = ''): boolean {
  return [...contentType.matchAll(/;\s*charset\s*=\s*"?([^\s";]*)/gi)].every(
    ([, name]) => name?.toLowerCase() === 'utf-8',
  );
}

const UNSTORABLE = 'the character U+0000, or half of a surrogate pair';

function problemWith(body: unknown): string | undefined {
  const open: [value: unknown, depth: number][] = [[body, 1]];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [value, depth] = entry;
    if (typeof value === 'string') {
      if (!isStorable(value)) return `Text in the request body must not contain ${UNSTORABLE}.`;
    } else if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH) return `The request body nests more than ${MAX_DEPTH} levels deep.`;
      for (const [name, member] of Object.entries(value)) {
        if (!isStorable(name)) return `Names in the request body must not contain ${UNSTORABLE}.`;
        open.push([member, depth + 1]);
      }
    }
  }
  return undefined;
}
