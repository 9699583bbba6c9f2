import type { IncomingMessage, ServerResponse } from 'node:http';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Counter } from '@voltpile/platform/telemetry/metrics';
import type { Notifications } from '../notifications.ts';

/** Where the handler is mounted on the HTTP port; the provider's name follows. */
export const WEBHOOKS_PATH = '/webhooks/payments';

export interface WebhookHandlerOptions {
  readonly providerName: string;
  readonly notifications: Notifications;
  readonly logger: Logger;
  readonly received: Counter<'outcome'>;
  /** How long a body may take. */
  readonly bodyTimeMs?: number;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_BYTES = 256 * 1024;
const BODY_TIME_MS = 10_000;
/** Bodies that are held in memory at a time. */
const MAX_RUNNING = 64;
/** How long what is still sent is read after the answer: closing at once could lose it on the way. */
const LINGER_MS = 5000;

const NOT_FOUND: Reply = { status: 404, text: 'Not found' };
const TOO_LARGE: Reply = { status: 413, text: 'The notification is too large' };
const BUSY: Reply = { status: 503, text: 'Try again later', headers: { 'Retry-After': '30' } };

/**
 * Takes notifications of the payment provider: `POST /stripe` below where it is mounted. Open to everybody, since the signature says who it is;
 * 200 means that what follows from the notification is committed, anything else that it is to come again.
 */
export function createWebhookHandler(
  options: WebhookHandlerOptions,
): (request: IncomingMessage, response: ServerResponse, facts: { readonly address: string }) => Promise<void> {
  const { providerName, notifications, logger, received, bodyTimeMs = BODY_TIME_MS } = options;
  let running = 0;

  const answer = async (request: IncomingMessage, address: string): Promise<Reply> => {
    const path = (request.url ?? '').split(/[?#]/)[0];
    if (path !== `/${providerName}`) return NOT_FOUND;
    if (request.method !== 'POST') return { status: 405, text: 'Method not allowed', headers: { Allow: 'POST' } };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return TOO_LARGE;
    if (running >= MAX_RUNNING) return BUSY;
    running++;
    try {
      const body = await readBody(request, bodyTimeMs);
      if (body === 'too-large') return TOO_LARGE;
      if (body === 'too-slow')
        return { status: 408, text: 'The notification took too long', headers: { Connection: 'close' } };
      const outcome = await notifications.take(body, headersOf(request));
      received.inc({ outcome });
      return { status: 200, text: 'Received' };
    } catch (error) {
      return refusal(error, address);
    } finally {
      running--;
    }
  };

  const refusal = (error: unknown, address: string): Reply => {
    const { kind, code, message } = toVoltpileError(error);
    if (kind === 'Unauthenticated' || kind === 'InvalidArgument') {
      received.inc({ outcome: 'refused' });
      logger.warn({ address, code }, 'a payment notification was refused');
      return { status: 400, text: message };
    }
    received.inc({ outcome: 'failed' });
    if (kind === 'Unavailable' || kind === 'Conflict') {
      logger.warn({ err: error, code }, 'a payment notification could not be taken for now');
      return BUSY;
    }
    logger.error({ err: error, code }, 'a payment notification could not be taken');
    return { status: 500, text: 'Something went wrong on our side' };
  };

  return async (request, response, { address }) => {
    const { status, text, headers = {} } = await answer(request, address);
    if (response.headersSent || request.socket.destroyed) return;
    const body = `${text}\n`;
    response.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      ...(request.complete ? {} : { Connection: 'close' }),
      ...headers,
    });
    response.end(body);
    if (request.complete) return;
    const cut = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(cut));
    request.on('error', () => {});
    request.resume();
  };
}

/** The body as it came, which its signature is made of. */
function readBody(request: IncomingMessage, timeMs: number): Promise<Buffer | 'too-large' | 'too-slow'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => done('too-slow'), timeMs).unref();
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) done('too-large');
      else chunks.push(chunk);
    };
    const onEnd = (): void => done(Buffer.concat(chunks));
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => onError(new Error('the notification was cut off'));
    const stop = (): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const done = (result: Buffer | 'too-large' | 'too-slow'): void => {
      stop();
      request.pause();
      resolve(result);
    };
    request.on('data', onData).once('end', onEnd).once('error', onError).once('close', onClose);
  });
}

function headersOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
}
