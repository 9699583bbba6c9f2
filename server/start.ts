import { hostname } from 'node:os';
import type { Readiness } from '@voltpile/admin-api/routes/health';
import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { keepsThings } from '@voltpile/platform/config/process-settings';
import { readServerSecret } from '@voltpile/platform/config/server-secret';
import type { Database } from '@voltpile/platform/database/connection';
import type { EmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { connectBus } from '@voltpile/platform/nats/connection';
import { StatsBook } from '@voltpile/platform/nats/method-stats';
import type { NodeIdentity } from '@voltpile/platform/registry/instances';
import { createLogger, type Logger } from '@voltpile/platform/telemetry/logger';
import { createMetrics, type Metrics } from '@voltpile/platform/telemetry/metrics';
import { type ClusterMember, joinCluster } from './cluster.ts';
import { type Composition, compose } from './compose.ts';
import { prepareDataFolder } from './data-folder.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { openDatabases } from './databases.ts';
import { type ClusterEntry, enterCluster } from './enter-cluster.ts';
import { type InternalMount, internalKey, openInternalServer } from './exchange/internal-server.ts';
import { PortExchange, type PortStyle } from './exchange/port-exchange.ts';
import { readNodeId } from './node-id.ts';
import { warnOfVolatileDatabase } from './open-database.ts';
import manifest from './package.json' with { type: 'json' };
import { checkReadiness } from './readiness.ts';
import { makeRegistry } from './registry.ts';
import { takeSettings } from './settings/follow-settings.ts';
import { type AllSettings, type AllValues, type Config, givenSettings, type LocalConfig } from './settings/settings.ts';

export interface StartOptions {
  /** Read from file and environment. Absent: {@link config} above the defaults. */
  readonly settings?: AllSettings;
  /** Values above the defaults; the environment is not read. Tests give a `dataDir`, and 0 for ports. */
  readonly config?: Partial<AllValues>;
  /** How rooms reach each other: by the objects themselves, or with every argument and result written as JSON and read again. */
  readonly ports?: PortStyle;
  /** By default nothing is logged. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /**
   * The process is the server's own (not a test's): `/metrics` tells about Node, too, and a database that may lose what it confirmed is
   * warned of.
   */
  readonly standalone?: boolean;
  /** Given when the process is to stop, perhaps before all has started: what only waits for others then waits no longer, and the start fails. */
  readonly stopping?: AbortSignal;
}

/** A running server. `await using` stops it at the end of the block. */
export interface Voltpile extends AsyncDisposable {
  /** Where it listens, with the real ports; a listener that is off, or of a role that runs elsewhere, is absent. `internal`: for other processes. */
  readonly urls: Composition['urls'] & { readonly internal?: string };
  readonly config: Config;
  /** The rooms, for tests that look inside. */
  readonly rooms: Composition;
  /** Where there are several, the first of them. */
  readonly database: Database;
  readonly metrics: Metrics;
  /** Present when the database is the embedded one. */
  readonly postgres: EmbeddedPostgres | undefined;
  /** Stations get 1001, what is in hand is finished, then everything is let go of in the reverse order of its making. */
  stop(): Promise<void>;
}

/**
 * Starts everything in this process and returns when all listen: data folder and its lock, secret, database, the cluster, migrations, rooms,
 * jobs, API, gateway. What was begun is undone when a later step fails.
 *
 * @throws classified errors for everything an operator can mend (see `explain-failure.ts`); `gateway.stopped` when it was told to stop meanwhile
 */
export async function startVoltpile(options: StartOptions = {}): Promise<Voltpile> {
  const settings = options.settings ?? givenSettings(options.config ?? {});
  const { local } = settings;
  const logger = options.logger ?? createLogger({ level: 'silent', format: 'json' });
  const metrics = createMetrics({ process: options.standalone ?? false });
  await using begun = new AsyncDisposableStack();
  logger.info({ dataDir: local.dataDir, roles: local.roles }, 'starting');
  await prepareDataFolder(local.dataDir);
  const lock = await lockDataFolder(local.dataDir);
  begun.defer(() => lock.release());
  const nodeId = await readNodeId(local.dataDir);
  const storage = local.roles.some(keepsThings) ? await openStorage(local, logger, begun) : null;
  const databases = storage?.databases.all.map(({ database }) => database) ?? [];
  if (options.standalone === true) {
    for (const database of databases) await warnOfVolatileDatabase(database, logger);
  }
  const internalMounts: InternalMount[] = [];
  const state = {
    member: null as ClusterMember | null,
    entry: null as ClusterEntry | null,
    phase: 'starting' as 'starting' | 'serving' | 'stopping',
  };
  // Whoever puts one process in the place of another waits for this: not before all is offered, and not while it goes.
  const readiness = async (): Promise<Readiness> =>
    state.phase === 'serving'
      ? checkReadiness(databases, state.member?.bus ?? null)
      : { ready: false, checks: { server: state.phase } };
  const internal =
    local.natsUrl === null
      ? null
      : await openInternalServer({
          host: local.host,
          port: local.internalPort,
          key: storage === null ? null : internalKey(storage.secret),
          readiness,
          metrics,
          mounts: internalMounts,
          logger: logger.child({ component: 'internal-http' }),
        });
  if (internal !== null) begun.defer(() => internal.stop());
  const identity: NodeIdentity = {
    node: nodeId,
    host: hostname(),
    pid: process.pid,
    version: manifest.version,
    startedAt: new Date().toISOString(),
    zone: local.zone,
    http: internal === null ? null : (local.internalUrl ?? internal.url),
  };
  const stats = new StatsBook();
  if (local.natsUrl !== null) {
    const bus = begun.use(await connectBus({ url: local.natsUrl, name: `voltpile ${nodeId}`, logger, metrics }));
    state.entry = await enterCluster({ bus, identity, config: local, storage });
    state.member = await joinCluster({ config: local, bus, identity, stats, logger, metrics }, begun);
  }
  const { member } = state;
  const exchange = new PortExchange({
    roles: new Set(local.roles),
    style: options.ports ?? 'direct',
    cluster: member ?? undefined,
    stats,
  });
  const config = await takeSettings(
    settings,
    { database: storage?.databases.platform ?? null, bus: member?.bus ?? null },
    { logger, metrics, stopping: options.stopping },
    begun,
  );
  const registry = makeRegistry({ identity, roles: local.roles, exchange, stats, member, metrics, logger });
  const rooms = await compose(
    {
      config,
      live: settings.live,
      onSettings: (listener) => settings.watch(listener),
      settings,
      nodeId,
      logger,
      metrics,
      clock: options.clock ?? systemClock,
      exchange,
      storage,
      member,
      entry: state.entry,
      stopping: options.stopping,
      registry,
      identity,
      readiness,
      internalMounts,
    },
    begun,
  );
  const resources = begun.move();
  state.phase = 'serving';
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    state.phase = 'stopping';
    stopped ??= resources.disposeAsync();
    return stopped;
  };
  return {
    urls: { ...rooms.urls, ...(internal === null ? {} : { internal: internal.url }) },
    config,
    rooms,
    get database() {
      const [database] = databases;
      if (database === undefined) throw new Error('this process keeps nothing');
      return database;
    },
    metrics,
    postgres: storage?.databases.embedded,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function openStorage(config: LocalConfig, logger: Logger, resources: AsyncDisposableStack) {
  const secret = await readServerSecret(config.dataDir, config.secret);
  return { secret, databases: await openDatabases(config, logger, resources) };
}

/** Where a process listens that has all roles. */
export function wholeUrls({
  urls,
}: Pick<Voltpile, 'urls'>): Voltpile['urls'] & { readonly http: string; readonly ocpp: string } {
  const { http, ocpp } = urls;
  if (http === undefined || ocpp === undefined) throw new Error('this process does not have all roles');
  return { ...urls, http, ocpp };
}
