import type { MigrationSet } from '@voltpile/platform/database/migrations';
import * as usersAndAudit from './migrations/0001-users-and-audit.ts';
import * as auditIntents from './migrations/0002-audit-intents.ts';

/** Every migration of the schema `identity`, in order. */
export const identityMigrations: MigrationSet = {
  schema: 'identity',
  migrations: [
    { name: '0001-users-and-audit', up: usersAndAudit.up, down: usersAndAudit.down },
    { name: '0002-audit-intents', up: auditIntents.up, down: auditIntents.down },
  ],
};
