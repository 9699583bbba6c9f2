import { ROLES, type Role } from '../config/config.ts';
import type { MethodStats } from '../nats/method-stats.ts';
import type { CalledMethod } from '../nats/port-client.ts';
import type { Instance, InstanceWork, ServedMethod } from './instances.ts';
import type { NodeReport, QueueDepth } from './node-report.ts';

/** `down`: nobody serves it; `degraded`: a process that calls it has had to stop calling. */
export const SERVICE_STATES = ['up', 'degraded', 'down'] as const;

export interface InstanceView extends Omit<Instance, 'service'> {
  readonly uptimeSeconds: number;
  /** Of the same process. */
  readonly roles: readonly string[];
}

/** Since the start of those that were asked, rates over the last minute. */
export interface Figures {
  readonly calls: number;
  readonly perSecond: number;
  readonly failures: number;
  /** 0 to 1, of the calls of the last minute. */
  readonly errorShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface InstanceFigures extends Figures {
  readonly id: string;
  readonly node: string;
}

export interface MethodError {
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly node: string;
}

export interface MethodView extends Figures {
  readonly port: string;
  readonly version: number;
  readonly method: string;
  readonly lastErrors: readonly MethodError[];
  /** Those that were ever asked. */
  readonly instances: readonly InstanceFigures[];
}

/** What a process thinks of a method that it calls. */
export interface CallerView extends Omit<CalledMethod, 'service' | 'node'> {
  readonly node: string;
  readonly host: string;
  readonly roles: readonly string[];
  /** null: whichever instance */
  readonly calledNode: string | null;
}

export interface QueueView extends Omit<QueueDepth, 'service'> {
  readonly node: string;
  readonly host: string;
}

export interface ServicePicture {
  readonly name: Role;
  readonly state: (typeof SERVICE_STATES)[number];
  readonly perSecond: number;
  readonly errorShare: number;
  /** Of methods of this service, in all processes that call it. */
  readonly openBreakers: number;
  readonly instances: readonly InstanceView[];
  readonly methods: readonly MethodView[];
  readonly callers: readonly CallerView[];
  readonly queues: readonly QueueView[];
}

export interface ClusterPicture {
  readonly askedAt: string;
  readonly services: readonly ServicePicture[];
}

const SHOWN_ERRORS = 10;
/** Percentiles are of so many calls at most, see `MethodStats`. */
const SAMPLED_CALLS = 1000;

/** Puts together what all have answered. Every role is in it, also one that nobody has. */
export function drawPicture(
  instances: readonly InstanceWork[],
  reports: readonly NodeReport[],
  now: number,
): ClusterPicture {
  return {
    askedAt: new Date(now).toISOString(),
    services: ROLES.map((name) => drawService(name, instances, reports, now)),
  };
}

function drawService(
  name: Role,
  all: readonly InstanceWork[],
  reports: readonly NodeReport[],
  now: number,
): ServicePicture {
  const own = all
    .filter(({ service }) => service === name)
    .sort((one, other) => compare(one.node, other.node) || compare(one.id, other.id));
  const methods = drawMethods(own);
  const nodes = new Set(own.map(({ node }) => node));
  const callers = reports
    .flatMap(({ calls, node, host, roles }) =>
      calls.flatMap(({ service, node: calledNode, ...called }): CallerView[] => {
        // Of a node that is gone: nobody calls it again, and its breaker would be seen half open for ever.
        if (service !== name || (calledNode !== null && !nodes.has(calledNode))) return [];
        return [{ ...called, calledNode, node, host, roles }];
      }),
    )
    .sort(
      (one, other) =>
        compare(one.port, other.port) || compare(one.method, other.method) || compare(one.node, other.node),
    );
  const queues = reports.flatMap(({ node, host, queues: told }) =>
    told.flatMap(({ service, ...queue }) => (service === name ? [{ ...queue, node, host }] : [])),
  );
  const openBreakers = callers.filter(isHoldingBack).length;
  const perSecond = sum(methods, (method) => method.perSecond);
  return {
    name,
    state: own.length === 0 ? 'down' : openBreakers > 0 ? 'degraded' : 'up',
    perSecond: rounded(perSecond),
    errorShare: share(
      sum(methods, (method) => method.errorShare * method.perSecond),
      perSecond,
    ),
    openBreakers,
    instances: own.map((instance) => viewOf(instance, all, now)),
    methods,
    callers,
    queues,
  };
}

/** A breaker that is half open has forgotten nothing yet, but where nobody has called meanwhile there is nothing to be told. */
function isHoldingBack({ breaker, recent }: CallerView): boolean {
  return breaker === 'open' || (breaker === 'half-open' && recent.failures + recent.rejected > 0);
}

function viewOf(
  { service: _service, methods: _methods, ...facts }: InstanceWork,
  all: readonly InstanceWork[],
  now: number,
): InstanceView {
  const sameProcess = all.filter(({ node, startedAt }) => node === facts.node && startedAt === facts.startedAt);
  return {
    ...facts,
    // Clocks of two hosts: one that has just started may do so a little later than now.
    uptimeSeconds: Math.max(Math.floor((now - Date.parse(facts.startedAt)) / 1000), 0),
    roles: ROLES.filter((role) => sameProcess.some(({ service }) => service === role)),
  };
}

interface Served {
  readonly instance: InstanceWork;
  readonly stats: MethodStats;
}

function drawMethods(own: readonly InstanceWork[]): MethodView[] {
  const methods = new Map<string, { readonly facts: Omit<ServedMethod, 'stats'>; readonly served: Served[] }>();
  for (const instance of own) {
    for (const { stats, ...facts } of instance.methods) {
      const key = `${facts.port} ${facts.version} ${facts.method}`;
      const known = methods.get(key) ?? { facts, served: [] };
      methods.set(key, known);
      if (stats !== null) known.served.push({ instance, stats });
    }
  }
  return [...methods.values()]
    .map(({ facts, served }) => ({
      ...facts,
      ...together(served.map(({ stats }) => stats)),
      lastErrors: lastErrors(served),
      instances: byInstance(served),
    }))
    .sort(
      (one, other) => compare(one.port, other.port) || one.version - other.version || compare(one.method, other.method),
    );
}

/** What one instance serves for all and for its node only is the same method. */
function byInstance(served: readonly Served[]): InstanceFigures[] {
  const groups = Map.groupBy(served, ({ instance }) => instance);
  return [...groups].map(([{ id, node }, own]) => ({ id, node, ...together(own.map(({ stats }) => stats)) }));
}

/**
 * Percentiles cannot be put together from percentiles: the median is the mean of medians, weighted by the calls that they are of, and the 99th percentile
 * is that of the slowest.
 */
function together(stats: readonly MethodStats[]): Figures {
  const perSecond = sum(stats, (one) => one.perSecond);
  const sampled = sum(stats, ({ calls }) => Math.min(calls, SAMPLED_CALLS));
  return {
    calls: sum(stats, ({ calls }) => calls),
    perSecond: rounded(perSecond),
    failures: sum(stats, ({ failures }) => failures),
    errorShare: share(
      sum(stats, ({ failuresPerSecond }) => failuresPerSecond),
      perSecond,
    ),
    p50Ms:
      sampled === 0 ? 0 : rounded(sum(stats, ({ calls, p50Ms }) => p50Ms * Math.min(calls, SAMPLED_CALLS)) / sampled),
    p99Ms: Math.max(0, ...stats.map(({ p99Ms }) => p99Ms)),
  };
}

function lastErrors(served: readonly Served[]): MethodError[] {
  return served
    .flatMap(({ instance: { node }, stats }) => stats.lastErrors.map((error) => ({ ...error, node })))
    .sort((one, other) => compare(other.at, one.at))
    .slice(0, SHOWN_ERRORS);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded(Math.min(part / whole, 1));
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
