import { setTimeout as sleep } from 'node:timers/promises';
import type { StationLink } from '@voltpile/csms/contract/station-link';
import type { StationPort } from '@voltpile/csms/contract/station-port';
import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { defineError, toVoltpileError } from '@voltpile/kernel/errors';
import type { Registry } from 'prom-client';
import { DisconnectReporter } from './connections/disconnect-reporter.ts';
import { drainSessions } from './connections/drain-sessions.ts';
import type { ExchangeLog } from './connections/exchange-log.ts';
import type { GatewayContext } from './connections/gateway-context.ts';
import { type LivenessLimits, LivenessWatch, tickMsFor } from './connections/liveness.ts';
import { QueueBudget } from './connections/queue-budget.ts';
import { ConnectionRegistry } from './connections/registry.ts';
import { GatewayLink } from './link.ts';
import { PileListener, type PileUrls } from './listeners/pile-listener.ts';
import { type ListenerUrls, WebSocketListener } from './listeners/websocket-listener.ts';
import { type GatewayLogger, LimitedLog } from './logger.ts';
import { GatewayMetrics } from './metrics.ts';
import { type PileSettings, resolvePileSettings } from './pile-settings.ts';
import type { CommandReader, OcppDialect } from './protocols/dialect.ts';
import type { PileFamily } from './protocols/pile-family.ts';
import { type GatewaySettings, resolveGatewaySettings } from './settings.ts';

export const gatewayStopped = defineError(
  'gateway.stopped',
  'Unavailable',
  'The gateway was told to stop before it had opened its doors.',
);

export interface StationGatewayOptions {
  readonly port: StationPort;
  /** In the order of preference: the first one that a station offers is spoken. */
  readonly dialects: readonly OcppDialect[];
  /** What piles speak over plain TCP; without them there is no listener for it. */
  readonly piles?: { readonly families: readonly PileFamily[]; readonly settings?: Partial<PileSettings> } | undefined;
  readonly settings?: Partial<GatewaySettings>;
  readonly logger: GatewayLogger;
  /** The prom-client registry that `/metrics` shows. */
  readonly metrics: Registry;
  readonly clock?: Clock;
  /** The node that the domain sends commands for these sockets to. */
  readonly nodeId: string;
  /** Told of messages and their answers. */
  readonly exchanges?: ExchangeLog | undefined;
}

export type GatewayUrls = ListenerUrls & Partial<PileUrls>;

export interface StationGateway {
  /** Tells the domain that it begins, as soon as that answers, and opens the ports; resolves with the URLs that stations append their identity to. Throws `gateway.cannot_listen`; `gateway.stopped` when it is stopped before. */
  listen(): Promise<GatewayUrls>;
  readonly link: StationLink;
  /**
   * Takes other settings: those that are read where they are used count at once, ports, addresses, TLS, frame sizes and compression not at all.
   *
   * @throws InvalidArgument `gateway.invalid_setting`, and nothing is taken
   */
  change(settings: Partial<GatewaySettings>, pileSettings?: Partial<PileSettings>): void;
  /** How many sockets are open. */
  readonly connections: number;
  /**
   * Stops accepting, lets messages in hand be answered, closes every socket with 1001 and tells the domain. What is not done at
   * the deadline is cut off. May be called twice.
   *
   * @param drainMs closes the sockets spread over so long at most, before the time until the deadline begins; those that stay meanwhile are served
   */
  stop(deadlineMs: number, drainMs?: number): Promise<void>;
}

const ANNOUNCE_PAUSE_MS = 1000;
const ANNOUNCE_LINE_MS = 30_000;
const STRANGER_LINES_PER_SECOND = 20;
/** Of the time for stopping, what is kept for telling the domain. */
const REPORT_SHARE = 0.25;

/** Wires a gateway: listeners, sessions, limits and the link. Nothing runs before `listen`. */
export function createStationGateway(options: StationGatewayOptions): StationGateway {
  const { port, dialects, logger } = options;
  const families = options.piles?.families ?? [];
  const readers: readonly CommandReader[] = [...dialects, ...families];
  let settings = resolveGatewaySettings(options.settings ?? {});
  const registry = new ConnectionRegistry();
  const budget = new QueueBudget(settings.maxQueuedBytesTotal);
  const reporter = new DisconnectReporter(port, logger);
  let livenessLimits = livenessOf(settings);
  const watch = new LivenessWatch(tickMsFor(livenessLimits));
  const metrics = new GatewayMetrics(options.metrics, {
    connections: () => countByProtocol(registry, readers),
    halfOpen: () => listener.halfOpen + (piles?.halfOpen ?? 0),
    pausedSockets: () => countPaused(registry),
    queuedMessages: () => budget.messages,
    queuedBytes: () => budget.bytes,
    pendingDisconnectReports: () => reporter.pending,
  });
  const context: GatewayContext = {
    port,
    clock: options.clock ?? systemClock,
    logger,
    strangers: new LimitedLog(logger, STRANGER_LINES_PER_SECOND),
    metrics,
    get settings() {
      return settings;
    },
    get livenessLimits() {
      return livenessLimits;
    },
    watch,
    budget,
    registry,
    reporter,
    exchanges: options.exchanges,
  };
  const listener = new WebSocketListener(context, dialects, options.nodeId);
  const piles =
    options.piles === undefined
      ? undefined
      : new PileListener(context, families, resolvePileSettings(options.piles.settings ?? {}), options.nodeId);
  let stopped: Promise<void> | undefined;
  const ending = new AbortController();

  const drain = async (drainMs: number): Promise<void> => {
    // The ports are closed at once: nobody new comes in while the others leave.
    const accepting = listener.stopAccepting(drainMs);
    piles?.stopAccepting();
    logger.info(
      { stations: registry.all.size, seconds: drainMs / 1000 },
      'stations are asked to go, one after the other',
    );
    await drainSessions(registry.all, drainMs, (session) => session.stop('the gateway is stopping'));
    await accepting;
  };

  const stop = async (deadlineMs: number, drainMs: number): Promise<void> => {
    if (drainMs > 0 && registry.all.size > 0) await drain(drainMs);
    const until = performance.now() + deadlineMs;
    const socketsUntil = until - deadlineMs * REPORT_SHARE;
    const accepting = listener.stopAccepting(socketsUntil - performance.now());
    piles?.stopAccepting();
    for (const session of [...registry.all]) session.stop('the gateway is stopping');
    await accepting;
    await registry.emptied(socketsUntil - performance.now());
    for (const session of [...registry.all]) session.terminate('stopping', 'the gateway is stopping');
    piles?.stop();
    await registry.emptied(until - performance.now());
    watch.stop();
    await reporter.stop(until - performance.now());
  };

  /** What was left open in the records by a crash is closed before anything new is. */
  const announce = async (): Promise<void> => {
    const { promise: stopping, reject } = Promise.withResolvers<never>();
    // Also when nobody waits for it any more.
    stopping.catch(() => {});
    ending.signal.addEventListener('abort', () => reject(gatewayStopped()), { once: true });
    if (ending.signal.aborted) throw gatewayStopped();
    let toldMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      try {
        await Promise.race([port.gatewayStarted(options.nodeId), stopping]);
        return;
      } catch (error) {
        const problem = toVoltpileError(error);
        if (!problem.retryable || ending.signal.aborted) throw error;
        if (performance.now() - toldMs >= ANNOUNCE_LINE_MS) {
          toldMs = performance.now();
          logger.warn({ reason: problem.message }, 'the domain does not answer yet; the doors stay closed');
        }
        await Promise.race([sleep(ANNOUNCE_PAUSE_MS), stopping]);
      }
    }
  };

  return {
    link: new GatewayLink(registry, readers, logger),
    change(given, givenToPiles = {}) {
      const [next, limits] = [resolveGatewaySettings(given), resolvePileSettings(givenToPiles)];
      settings = next;
      livenessLimits = livenessOf(next);
      listener.settingsChanged();
      piles?.settingsChanged(limits);
    },
    get connections() {
      return registry.all.size;
    },
    async listen() {
      await announce();
      const urls = await listener.listen();
      const pileUrls = await piles?.listen();
      watch.start();
      return { ...urls, ...pileUrls };
    },
    stop(deadlineMs, drainMs = 0) {
      ending.abort();
      stopped ??= stop(deadlineMs, drainMs);
      return stopped;
    },
  };
}

function livenessOf(settings: GatewaySettings): LivenessLimits {
  return {
    pingIntervalMs: settings.pingIntervalSeconds * 1000,
    idleTimeoutMs: settings.idleTimeoutSeconds * 1000,
  };
}

function countByProtocol(registry: ConnectionRegistry, dialects: readonly CommandReader[]): Map<string, number> {
  const counts = new Map<string, number>(dialects.map(({ version }) => [version, 0]));
  for (const { protocol } of registry.all) counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
  return counts;
}

function countPaused(registry: ConnectionRegistry): number {
  let paused = 0;
  for (const session of registry.all) if (session.paused) paused += 1;
  return paused;
}
