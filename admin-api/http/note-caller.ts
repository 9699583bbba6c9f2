import { withCaller } from '@voltpile/platform/resilience/caller';
import type { NextFunction, Request, Response } from 'express';

const READS = new Set(['GET', 'HEAD']);

/** Lets it be known when whoever wants to read something hangs up: what other services were to be asked for it is not asked any more. */
export function noteCaller(request: Request, response: Response, next: NextFunction): void {
  if (!READS.has(request.method)) {
    next();
    return;
  }
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  withCaller(gone.signal, next);
}
