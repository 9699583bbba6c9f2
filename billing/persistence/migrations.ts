import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';
import * as accountsAndLedger from './migrations/0001-accounts-and-ledger.ts';
import * as settlement from './migrations/0003-settlement.ts';

/** Every change that the schema `billing` ever saw, in order. */
const migrations: readonly Migration[] = [
  { name: '0001-accounts-and-ledger', up: accountsAndLedger.up, down: accountsAndLedger.down },
  { name: '0003-settlement', up: settlement.up, down: settlement.down },
];

export const billingMigrations: MigrationSet = { schema: 'billing', migrations };
