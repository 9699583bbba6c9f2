import { maintainPartitions as maintain, type PartitionedTable } from '@voltpile/platform/database/partitions';
import type { Knex } from 'knex';

export const PARTITIONED_TABLES: readonly PartitionedTable[] = [
  { table: 'samples', column: 'partition_at', unit: 'month', ahead: 2, keep: null },
  { table: 'transaction_events', column: 'partition_at', unit: 'month', ahead: 2, keep: null },
  { table: 'raw_messages', column: 'received_at', unit: 'month', ahead: 2, keep: null },
  // The outbox is read by cursor within seconds; a week is for readers that were away.
  { table: 'outbox', column: 'recorded_at', unit: 'day', ahead: 3, keep: 7 },
];

/** Makes and drops the partitions of the schema `csms`; see `platform/database/partitions.ts`. */
export function maintainPartitions(
  db: Knex,
  now: Date,
  tables: readonly PartitionedTable[] = PARTITIONED_TABLES,
): Promise<void> {
  return maintain(db, 'csms', tables, now);
}
