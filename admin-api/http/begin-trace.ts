import { withTrace } from '@voltpile/platform/telemetry/trace';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/**
 * Begins a trace for each request, which goes with it to all services (W3C Trace Context). One that came along is carried on only when it was set by a proxy
 * that is trusted.
 *
 * @param trusts whether the peer of that address is a trusted proxy
 */
export function beginTrace(trusts: (address: string) => boolean): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const believed = trusts(request.socket.remoteAddress ?? '');
    withTrace(believed ? request.get('traceparent') : undefined, next);
  };
}
