import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';

/** Every change that the schema `operations` ever saw, in order. */
const migrations: readonly Migration[] = [];

export const operationsMigrations: MigrationSet = { schema: 'operations', migrations };
