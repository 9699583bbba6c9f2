import type { Migration, MigrationSet } from '@voltpile/platform/database/migrations';
import * as files from './migrations/0001-files.ts';
import * as messageLog from './migrations/0002-message-log.ts';
import * as live from './migrations/0003-live.ts';
import * as alarms from './migrations/0004-alarms.ts';

/** Every change that the schema `operations` ever saw, in order. */
const migrations: readonly Migration[] = [
  { name: '0001-files', up: files.up, down: files.down },
  { name: '0002-message-log', up: messageLog.up, down: messageLog.down },
  { name: '0003-live', up: live.up, down: live.down },
  { name: '0004-alarms', up: alarms.up, down: alarms.down },
];

export const operationsMigrations: MigrationSet = { schema: 'operations', migrations };
