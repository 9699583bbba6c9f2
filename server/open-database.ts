import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineError } from '@voltpile/kernel/errors';
import {
  connectDatabase,
  type Database,
  type DatabaseConfig,
  describeDatabase,
} from '@voltpile/platform/database/connection';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { LocalConfig } from './settings/settings.ts';

export const cannotUseDatabase = defineError(
  'server.cannot_use_database',
  'FailedPrecondition',
  'The database {database} cannot be used: {reason}. Check {setting}.',
);

const OLDEST_VERSION = 15;
const STARTING_UP = '57P03';
const STARTING_UP_PATIENCE_MS = 30_000;
const STARTING_UP_PAUSE_MS = 250;

/**
 * Opens a database of the operator's, and makes sure that it answers.
 *
 * @param setting which names it, for messages
 * @param resources takes over what was opened
 * @throws FailedPrecondition `server.cannot_use_database`
 */
export async function openDatabase(
  { url, setting }: { readonly url: string; readonly setting: string },
  logger: Logger,
  resources: AsyncDisposableStack,
): Promise<Database> {
  const database = connect({ url }, resources);
  await probe(database, setting, logger);
  return database;
}

/**
 * Starts the embedded database below the data folder.
 *
 * @param resources takes over what was opened; undone in reverse order
 * @throws FailedPrecondition `database.embedded_unavailable`; Unavailable `database.embedded_failed`
 */
export async function openEmbeddedDatabase(
  config: LocalConfig,
  logger: Logger,
  resources: AsyncDisposableStack,
): Promise<{ readonly database: Database; readonly embedded: EmbeddedPostgres }> {
  const log = logger.child({ component: 'postgres' });
  const embedded = resources.use(
    await startEmbeddedPostgres({
      folder: join(config.dataDir, 'postgres'),
      binaries: config.postgresBinaries ?? undefined,
      log: (line, level) => log[level](line),
    }),
  );
  return { database: connect(embedded.connection(), resources), embedded };
}

function connect(config: DatabaseConfig, resources: AsyncDisposableStack): Database {
  const database = connectDatabase(config);
  resources.defer(() => database.close());
  return database;
}

async function probe(database: Database, setting: string, logger: Logger): Promise<void> {
  const name = describeDatabase(database.config);
  const version = await askVersion(database, name, setting);
  if (version < OLDEST_VERSION * 10_000) {
    const reason = `it is PostgreSQL ${Math.floor(version / 10_000)}, but ${OLDEST_VERSION} or newer is needed`;
    throw cannotUseDatabase({ database: name, reason, setting });
  }
  logger.info({ database: name }, 'the database answers');
}

/** Tells the operator when the database is set up to lose, in a power cut, what we have told stations is stored. */
export async function warnOfVolatileDatabase(database: Database, logger: Logger): Promise<void> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select name from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'`,
  );
  if (rows.length === 0) return;
  const settings = rows.map(({ name }) => name);
  logger.warn({ settings }, 'the database may lose what it has confirmed: turn these settings on');
}

/** `150018` of 15.18. */
async function askVersion(database: Database, name: string, setting: string): Promise<number> {
  const until = Date.now() + STARTING_UP_PATIENCE_MS;
  for (;;) {
    try {
      const { rows } = await database.pool.query<{ server_version_num: string }>('show server_version_num');
      return Number(rows[0]?.server_version_num);
    } catch (error) {
      // Started at the same moment as we, or recovering from a crash: it will be there soon.
      if ((error as { code?: unknown }).code !== STARTING_UP || Date.now() > until) {
        throw cannotUseDatabase({ database: name, reason: reasonOf(error), setting }, error);
      }
      await sleep(STARTING_UP_PAUSE_MS);
    }
  }
}

/** A driver's error in a line. A host with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
