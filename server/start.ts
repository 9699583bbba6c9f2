import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { type Config, readConfig } from '@voltpile/platform/config/config';
import { readServerSecret } from '@voltpile/platform/config/server-secret';
import type { Database } from '@voltpile/platform/database/connection';
import type { EmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { createLogger, type Logger } from '@voltpile/platform/telemetry/logger';
import { createMetrics, type Metrics } from '@voltpile/platform/telemetry/metrics';
import { type Composition, compose, type PortStyle } from './compose.ts';
import { prepareDataFolder } from './data-folder.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { readNodeId } from './node-id.ts';
import { openDatabase, warnOfVolatileDatabase } from './open-database.ts';

export interface StartOptions {
  /** Above the defaults; the environment is not read. Tests give a `dataDir`, and 0 for ports. */
  readonly config?: Partial<Config>;
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
}

/** A running server. `await using` stops it at the end of the block. */
export interface Voltpile extends AsyncDisposable {
  /** Where it listens, with the real ports; a listener that is off is absent. */
  readonly urls: Composition['urls'];
  readonly config: Config;
  /** The rooms, for tests that look inside. */
  readonly rooms: Composition;
  readonly database: Database;
  readonly metrics: Metrics;
  /** Present when the database is the embedded one. */
  readonly postgres: EmbeddedPostgres | undefined;
  /** Stations get 1001, what is in hand is finished, then everything is let go of in the reverse order of its making. */
  stop(): Promise<void>;
}

/**
 * Starts everything in this process and returns when all listen: data folder and its lock, secret, database, migrations, rooms, jobs,
 * API, gateway. What was begun is undone when a later step fails.
 *
 * @throws classified errors for everything an operator can mend (see `explain-failure.ts`)
 */
export async function startVoltpile(options: StartOptions = {}): Promise<Voltpile> {
  const config: Config = { ...readConfig({}), ...options.config };
  const logger = options.logger ?? createLogger({ level: 'silent', format: 'json' });
  const metrics = createMetrics({ process: options.standalone ?? false });
  await using begun = new AsyncDisposableStack();
  logger.info({ dataDir: config.dataDir }, 'starting');
  await prepareDataFolder(config.dataDir);
  const lock = await lockDataFolder(config.dataDir);
  begun.defer(() => lock.release());
  const secret = await readServerSecret(config.dataDir, config.secret);
  const nodeId = await readNodeId(config.dataDir);
  const { database, embedded } = await openDatabase(config, logger, begun);
  if (options.standalone === true) await warnOfVolatileDatabase(database, logger);
  const rooms = await compose(
    {
      config,
      secret,
      nodeId,
      database,
      logger,
      metrics,
      clock: options.clock ?? systemClock,
      ports: options.ports ?? 'direct',
    },
    begun,
  );
  const resources = begun.move();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= resources.disposeAsync();
    return stopped;
  };
  return {
    urls: rooms.urls,
    config,
    rooms,
    database,
    metrics,
    postgres: embedded,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
