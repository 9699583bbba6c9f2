import * as z from 'zod';
import { isStorable } from '../database/storable-text.ts';
import type { MethodStats } from '../nats/method-stats.ts';
import type { CalledMethod } from '../nats/port-client.ts';
import { MOST_CALLS, type NodeReport, type QueueDepth } from './node-report.ts';

/**
 * What others answer, of which nothing is believed: it may come from another version, or from a program that is not ours. Lists are cut where they are
 * longer than any of ours, and lose what cannot be read. Texts and times are such as can be stored.
 */

const MOST_ENDPOINTS = 2000;
const MOST_ERRORS = 20;
const MOST_QUEUES = 100;

/** A host without a clock starts in 1970. */
const FIRST_MS = 0;
const LAST_MS = Date.UTC(2200, 0);

const text = z.string().refine(isStorable);
const name = text.min(1).max(100);
const instant = z.iso
  .datetime({ offset: true })
  .refine((at) => Date.parse(at) >= FIRST_MS && Date.parse(at) < LAST_MS)
  .transform((at) => new Date(at).toISOString());
const count = z.number().nonnegative();

function listOf<T extends z.ZodType>(item: T, most: number) {
  return z.array(z.unknown()).transform((all) =>
    all.slice(0, most).flatMap((one): z.output<T>[] => {
      const read = item.safeParse(one);
      return read.success ? [read.data] : [];
    }),
  );
}

export const instanceAnswer = z.object({
  name,
  id: name,
  version: name,
  metadata: z.object({
    node: name,
    host: text.max(255),
    pid: z.coerce.number().int().nonnegative(),
    startedAt: instant,
    zone: name.optional(),
    http: text.max(500).optional(),
  }),
});

const methodStats = z.object({
  calls: count,
  perSecond: count,
  failures: count,
  failuresPerSecond: count.default(0),
  p50Ms: count,
  p99Ms: count,
  lastErrors: listOf(z.object({ at: instant, code: name, message: z.string().max(1000) }), MOST_ERRORS),
}) satisfies z.ZodType<MethodStats>;

export const statsAnswer = z.object({
  endpoints: listOf(
    z.object({ subject: z.string().max(500), data: methodStats.nullish().catch(null) }),
    MOST_ENDPOINTS,
  ).default([]),
});

const calledMethod = z.object({
  service: name,
  port: name,
  method: name,
  node: name.nullable(),
  breaker: z.enum(['closed', 'open', 'half-open']),
  running: count,
  waiting: count,
  recent: z.object({ calls: count, failures: count, rejected: count, p50Ms: count, p99Ms: count }),
}) satisfies z.ZodType<CalledMethod>;

const queueDepth = z.object({ service: name, name, depth: z.number() }) satisfies z.ZodType<QueueDepth>;

export const nodeReport = z.object({
  node: name,
  host: text.max(255),
  roles: listOf(name, MOST_QUEUES),
  calls: listOf(calledMethod, MOST_CALLS),
  queues: listOf(queueDepth, MOST_QUEUES),
}) satisfies z.ZodType<NodeReport>;
