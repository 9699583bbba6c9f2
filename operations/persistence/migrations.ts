import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';
import * as messageLog from './migrations/0002-message-log.ts';

/** Every change that the schema `operations` ever saw, in order. */
const migrations: readonly Migration[] = [{ name: '0002-message-log', up: messageLog.up, down: messageLog.down }];

export const operationsMigrations: MigrationSet = { schema: 'operations', migrations };
