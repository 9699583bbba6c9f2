import * as z from 'zod';
import { definePublicRoute, type Route } from '../http/route.ts';

const tag = 'operations';

export interface Readiness {
  readonly ready: boolean;
  /** By name: `ok`, or what is the matter. Shown without a token. */
  readonly checks: Readonly<Record<string, string>>;
}

/** A prom-client registry fits. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface HealthParts {
  readonly readiness: () => Promise<Readiness>;
  readonly metricsRegistry: MetricsRegistry;
  /** True from the moment at which the server was told to stop. */
  readonly stopping: () => boolean;
}

const CHECK_TIMEOUT_MS = 5000;
/** Asked more often, the last answer is given again: anybody may ask. */
const REMEMBERED_MS = 1000;

export function healthRoutes(parts: HealthParts): Route[] {
  const check = rememberBriefly(parts.readiness);
  const readiness = z
    .object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) })
    .meta({ id: 'Readiness' });
  return [
    definePublicRoute({
      method: 'get',
      path: '/healthz',
      operationId: 'healthz',
      tag,
      summary: 'Is the process alive?',
      permission: 'public',
      responses: { 200: { description: 'It is.', schema: z.object({ status: z.literal('ok') }) } },
      handle: async () => ({ status: 200, json: { status: 'ok' } }),
    }),
    definePublicRoute({
      method: 'get',
      path: '/readyz',
      operationId: 'readyz',
      tag,
      summary: 'Can it serve requests?',
      permission: 'public',
      responses: {
        200: { description: 'Ready.', schema: readiness },
        503: { description: 'Not ready.', schema: readiness },
      },
      handle: async () => {
        const found = parts.stopping() ? { ready: false, checks: { server: 'stopping' } } : await check();
        return { status: found.ready ? 200 : 503, json: found };
      },
    }),
    definePublicRoute({
      method: 'get',
      path: '/metrics',
      operationId: 'metrics',
      tag,
      summary: 'Figures for Prometheus',
      description:
        'Needs no token, whatever the bind address, because scrapers have none. It holds counts, no ids and no secrets; where even that ' +
        'is too much, close the path at the proxy.',
      permission: 'public',
      responses: { 200: { description: 'Prometheus text.', contentType: 'text/plain', schema: z.string() } },
      handle: async () => ({
        send: async (_request, response) => {
          const text = await parts.metricsRegistry.metrics();
          response.setHeader('Content-Type', parts.metricsRegistry.contentType);
          response.end(text);
        },
      }),
    }),
  ];
}

function rememberBriefly(readiness: () => Promise<Readiness>): () => Promise<Readiness> {
  let running: Promise<Readiness> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (running === undefined || performance.now() - askedAt >= REMEMBERED_MS) {
      askedAt = performance.now();
      running = withTimeout(readiness).catch(() => ({ ready: false, checks: { readiness: 'could not be found out' } }));
    }
    return running;
  };
}

async function withTimeout(readiness: () => Promise<Readiness>): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, { ready: false, checks: { readiness: 'the checks take too long' } });
  });
  try {
    return await Promise.race([readiness(), late]);
  } finally {
    clearTimeout(timer);
  }
}
