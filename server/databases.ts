import type { Role } from '@voltpile/platform/config/config';
import { databaseUrlOf, keepsThings, PROCESS_SETTINGS } from '@voltpile/platform/config/process-settings';
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
  const rolesOf = Map.groupBy(config.roles.filter(keepsThings), (role) => databaseUrlOf(role, config));
  if (config.databaseUrl !== null && rolesOf.size > 0 && !rolesOf.has(config.databaseUrl)) {
    rolesOf.set(config.databaseUrl, []);
  }
  const all: RolesDatabase[] = [];
  let embedded: EmbeddedPostgres | undefined;
  let platform: Database | null = null;
  for (const [url, roles] of rolesOf) {
    let database: Database;
    if (url === null) ({ database, embedded } = await openEmbeddedDatabase(config, logger, resources));
    else database = await openDatabase({ url, setting: settingOf(url, config) }, logger, resources);
    all.push({ database, roles });
    if (url === config.databaseUrl) platform = database;
  }
  return { all, platform, embedded };
}

function settingOf(url: string, config: LocalConfig): string {
  const { databaseUrl, csmsDatabaseUrl, billingDatabaseUrl, operationsDatabaseUrl } = PROCESS_SETTINGS;
  if (url === config.databaseUrl) return databaseUrl.name;
  if (url === config.csmsDatabaseUrl) return csmsDatabaseUrl.name;
  return url === config.billingDatabaseUrl ? billingDatabaseUrl.name : operationsDatabaseUrl.name;
}
