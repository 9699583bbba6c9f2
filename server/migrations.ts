import { identityMigrations } from '@voltpile/admin-api/identity/migrations';
import { billingMigrations } from '@voltpile/billing/persistence/migrations';
import { csmsMigrations } from '@voltpile/csms/persistence/migrations';
import { operationsMigrations } from '@voltpile/operations/persistence/migrations';
import type { Role } from '@voltpile/platform/config/config';
import { type MigrationSet, migrateDatabase } from '@voltpile/platform/database/migrations';
import { PLATFORM_MIGRATIONS } from '@voltpile/platform/jobs/migrations';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { RolesDatabase } from './databases.ts';

const OWNED: Readonly<Record<Role, MigrationSet | null>> = {
  'station-gateway': null,
  csms: csmsMigrations,
  billing: billingMigrations,
  operations: operationsMigrations,
  'admin-api': identityMigrations,
};

/** Every schema there is, in the order in which they are migrated. */
export const ALL_MIGRATIONS: readonly MigrationSet[] = [PLATFORM_MIGRATIONS, ...setsOf(Object.keys(OWNED) as Role[])];

/** Brings the schemas of these roles, and the platform's, to this version. */
export async function migrate({ database, roles }: RolesDatabase, logger: Logger): Promise<void> {
  const migrated = await migrateDatabase(database, [PLATFORM_MIGRATIONS, ...setsOf(roles)]);
  if (migrated.length > 0) logger.info({ migrations: migrated }, 'the database was migrated');
}

function setsOf(roles: readonly Role[]): MigrationSet[] {
  return roles.flatMap((role) => OWNED[role] ?? []);
}
