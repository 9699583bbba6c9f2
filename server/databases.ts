import type { Role } from '@voltpile/platform/config/config';
import { databaseOf, keepsThings, PROCESS_SETTINGS } from '@voltpile/platform/config/process-settings';
import type { Database } from '@voltpile/platform/database/connection';
import type { EmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { openDatabase, openEmbeddedDatabase } from './open-database.ts';
import type { LocalConfig } from './settings/settings.ts';

/** A database, and the roles of this process that keep their things in it. */
export interface RolesDatabase {
  readonly database: Database;
  readonly roles: readonly Role[];
}

/** What this process keeps things in: one database for all, or several. */
export interface Databases {
  /** Each once. */
  readonly all: readonly RolesDatabase[];
  /** With the settings and the history of the cluster; null: others have it. */
  readonly platform: Database | null;
  readonly embedded: EmbeddedPostgres | undefined;
}

/**
 * Opens the databases of this process's roles. The platform's own is the one that `DATABASE_URL` names, or the embedded one.
 *
 * @param resources takes over what was opened; undone in reverse order
 * @throws FailedPrecondition `server.cannot_use_database`, `database.embedded_unavailable`; Unavailable `database.embedded_failed`
 */
export async function openDatabases(
  config: LocalConfig,
  logger: Logger,
  resources: AsyncDisposableStack,
): Promise<Databases> {
  const named = config.roles.filter(keepsThings).map((role) => ({ role, ...databaseOf(role, config) }));
  const byUrl = Map.groupBy(named, ({ url }) => url);
  // Settings and history are there also where no role keeps its things beside them.
  if (config.databaseUrl !== null && named.length > 0 && !byUrl.has(config.databaseUrl)) {
    byUrl.set(config.databaseUrl, []);
  }
  const all: RolesDatabase[] = [];
  let embedded: EmbeddedPostgres | undefined;
  let platform: Database | null = null;
  for (const [url, users] of byUrl) {
    let database: Database;
    if (url === null) ({ database, embedded } = await openEmbeddedDatabase(config, logger, resources));
    else {
      const setting = users[0]?.setting ?? PROCESS_SETTINGS.databaseUrl.name;
      database = await openDatabase({ url, setting }, logger, resources);
    }
    all.push({ database, roles: users.map(({ role }) => role) });
    if (url === config.databaseUrl) platform = database;
  }
  return { all, platform, embedded };
}
