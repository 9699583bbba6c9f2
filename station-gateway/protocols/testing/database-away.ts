import { defineError, type VoltpileError } from '@voltpile/kernel/errors';

const away = defineError('test.database_away', 'Unavailable', 'The database is away.', { retryable: true });

/** What a port throws while its database is away. */
export function databaseAway(): VoltpileError {
  return away();
}
