import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Readiness } from '@voltpile/admin-api/routes/health';
import { defineError } from '@voltpile/kernel/errors';
import { openPort } from '@voltpile/platform/net/open-port';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';

export const cannotListen = defineError(
  'internal.cannot_listen',
  'FailedPrecondition',
  'Cannot listen on {host}:{port} for the other processes: {reason}. Check VOLTPILE_INTERNAL_PORT.',
);

/** Something that other processes of the cluster may ask for. The request's URL begins after `path`. */
export interface InternalMount {
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface InternalServerOptions {
  readonly host: string;
  readonly port: number;
  /** The key that all processes know, see {@link internalKey}; null: nothing is served but health and figures. */
  readonly key: string | null;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly mounts: readonly InternalMount[];
  readonly logger: Logger;
}

export interface InternalServer {
  readonly url: string;
  stop(): Promise<void>;
}

const STOP_PATIENCE_MS = 4000;

/** What one process shows another one, derived from the secret that all of them have. */
export function internalKey(secret: Buffer): string {
  return createHmac('sha256', secret).update('voltpile internal http').digest('base64url');
}

/** HTTP for the other processes of a cluster: what does not fit into messages (files), and health and figures of a process without the API. */
export async function openInternalServer(options: InternalServerOptions): Promise<InternalServer> {
  const { host, port, logger } = options;
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 }, (request, response) => {
    answer(options, request, response).catch((err: unknown) => {
      logger.error({ err }, 'a request of another process failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const { port: real } = await openPort(server, {
    host,
    port,
    cannotListen: (reason, cause) => cannotListen({ host, port, reason }, cause),
    onError: (err) => logger.error({ err }, 'the HTTP server for other processes has a problem'),
  });
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${real}`,
    async stop() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function answer(
  { key, readiness, metrics, mounts }: InternalServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '/';
  const [path] = url.split('?');
  switch (path) {
    case '/healthz':
      return json(response, 200, { status: 'ok' });
    case '/readyz': {
      const found = await readiness();
      return json(response, found.ready ? 200 : 503, found);
    }
    case '/metrics':
      response.setHeader('Content-Type', metrics.registry.contentType);
      response.end(await metrics.registry.metrics());
      return;
    default:
  }
  const mount = mounts.find((one) => url.startsWith(`${one.path}/`));
  // Whoever does not know the key does not learn what there is.
  if (mount === undefined || key === null || !isKey(request.headers.authorization, key)) {
    return json(response, 404, { error: 'not found' });
  }
  request.url = url.slice(mount.path.length);
  await mount.handle(request, response);
}

function isKey(header: string | undefined, key: string): boolean {
  const wanted = Buffer.from(`Bearer ${key}`);
  const given = Buffer.from(header ?? '');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
