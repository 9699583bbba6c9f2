import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

const limits = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** How long what a client still sends is read after it was answered: closing at once could lose the answer on the way. */
const LINGER_MS = 5000;

/**
 * Gives bodies so long to arrive; then the request is answered with 408, or its connection cut. (Node's own limit holds for all requests
 * of a server, and a file of some hundred megabytes may take an hour.)
 */
export function limitBodyTime(milliseconds: number): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { headers } = request;
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
      const timer = setTimeout(() => giveUp(request, response), milliseconds).unref();
      limits.set(request, timer);
      request.once('close', () => clearTimeout(timer));
    }
    next();
  };
}

/** The body of this request may take longer: whoever reads it watches over it. */
export function liftBodyTime(request: IncomingMessage): void {
  clearTimeout(limits.get(request));
}

/** Reads what is left of a body that was given up half-way, so that the client hears the answer; not for long. */
export function drainBody(request: IncomingMessage): void {
  if (request.complete) return;
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.once('end', () => clearTimeout(cut));
  request.once('close', () => clearTimeout(cut));
  request.on('error', () => {});
  request.resume();
}

function giveUp(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  if (!response.headersSent) response.writeHead(408, { Connection: 'close', 'Content-Length': '0' }).end();
  request.socket.destroySoon();
}
