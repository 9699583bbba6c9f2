import { uuidv7 } from '@voltpile/kernel/ids';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { RequestOrigin } from '../identity/caller.ts';

const REQUEST_ID_SHAPE = /^[\w.-]{1,64}$/;

/**
 * Gives each request an id, told in `X-Request-Id`. One that came along is kept only when it was set by a proxy that is trusted.
 *
 * @param trusts whether the peer of that address is a trusted proxy
 */
export function assignRequestId(trusts: (address: string) => boolean): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get('X-Request-Id');
    const believed = given !== undefined && REQUEST_ID_SHAPE.test(given) && trusts(request.socket.remoteAddress ?? '');
    response.setHeader('X-Request-Id', believed ? given : uuidv7());
    next();
  };
}

/** Where the request came from: with trusted proxies, what they forwarded. */
export function requestOrigin(request: Request, response: Response): RequestOrigin {
  return {
    requestId: String(response.getHeader('X-Request-Id')),
    address: request.ip ?? request.socket.remoteAddress ?? 'unknown',
    userAgent: request.get('User-Agent') ?? null,
  };
}
