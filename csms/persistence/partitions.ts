import type { Knex } from 'knex';
import { query } from './query.ts';
import { sql } from './sql.ts';

/** A table that is partitioned by a time column. */
export interface PartitionedTable {
  /** Name within the schema `csms`. */
  readonly table: string;
  readonly column: string;
  readonly unit: 'day' | 'month';
  /** Partitions to have ready after the current one. */
  readonly ahead: number;
  /** Partitions to keep before the current one; null keeps all. */
  readonly keep: number | null;
}

export const PARTITIONED_TABLES: readonly PartitionedTable[] = [
  { table: 'samples', column: 'partition_at', unit: 'month', ahead: 2, keep: null },
  { table: 'transaction_events', column: 'partition_at', unit: 'month', ahead: 2, keep: null },
  { table: 'raw_messages', column: 'received_at', unit: 'month', ahead: 2, keep: null },
  // The outbox is read by cursor within seconds; a week is for readers that were away.
  { table: 'outbox', column: 'recorded_at', unit: 'day', ahead: 3, keep: 7 },
];

/**
 * Makes the partitions of the present and the near future, and drops those whose time to be kept is over. What already lies in the DEFAULT
 * partition (a station whose clock runs ahead) moves into the new partition in the same transaction. Can be repeated and cut off at will.
 */
export async function maintainPartitions(
  db: Knex,
  now: Date,
  tables: readonly PartitionedTable[] = PARTITIONED_TABLES,
): Promise<void> {
  for (const table of tables) {
    for (let offset = -1; offset <= table.ahead; offset++) {
      const from = startOf(table.unit, now, offset);
      await ensurePartition(db, table, from, startOf(table.unit, now, offset + 1));
    }
    if (table.keep !== null) await dropBefore(db, table, startOf(table.unit, now, -table.keep));
  }
}

function startOf(unit: 'day' | 'month', now: Date, offset: number): Date {
  return unit === 'month'
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
    : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + offset));
}

/** `samples_2026_11`, `outbox_2026_11_23`: sorts by time. */
function nameOf({ table, unit }: PartitionedTable, from: Date): string {
  return `${table}_${from
    .toISOString()
    .slice(0, unit === 'month' ? 7 : 10)
    .replaceAll('-', '_')}`;
}

async function ensurePartition(db: Knex, table: PartitionedTable, from: Date, to: Date): Promise<void> {
  const name = nameOf(table, from);
  const [found] = await query(db, sql(`select to_regclass(?) is not null as present`, `csms.${name}`));
  if ((found as { present: boolean }).present) return;
  const range = `'${from.toISOString()}' and ${table.column} < '${to.toISOString()}'`;
  await db.transaction(async (transaction) => {
    await transaction.raw(`lock table csms.${table.table}_default in access exclusive mode`);
    await transaction.raw(
      `create table csms.${name} (like csms.${table.table} including defaults including constraints)`,
    );
    await transaction.raw(
      `with moved as (delete from csms.${table.table}_default where ${table.column} >= ${range} returning *)
       insert into csms.${name} select * from moved`,
    );
    await transaction.raw(
      `alter table csms.${table.table} attach partition csms.${name}
       for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
  });
}

async function dropBefore(db: Knex, table: PartitionedTable, first: Date): Promise<void> {
  const rows = await query<{ name: string }>(
    db,
    sql(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = ?::regclass and c.relname < ? and c.relname <> ?`,
      `csms.${table.table}`,
      nameOf(table, first),
      `${table.table}_default`,
    ),
  );
  for (const { name } of rows) await db.raw('drop table csms.??', [name]);
}
