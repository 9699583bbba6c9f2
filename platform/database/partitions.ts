import type { Knex } from 'knex';

/** A table that is partitioned by a time column. */
export interface PartitionedTable {
  /** Name within its schema. */
  readonly table: string;
  readonly column: string;
  readonly unit: 'day' | 'month';
  /** Partitions to have ready after the current one. */
  readonly ahead: number;
  /** Partitions to keep before the current one; null keeps all. */
  readonly keep: number | null;
}

/**
 * Makes the partitions of the present and the near future, and drops those whose time to be kept is over. What already lies in the DEFAULT
 * partition (a station whose clock runs ahead) moves into the new partition in the same transaction. Can be repeated and cut off at will.
 */
export async function maintainPartitions(
  db: Knex,
  schema: string,
  tables: readonly PartitionedTable[],
  now: Date,
): Promise<void> {
  for (const table of tables) {
    for (let offset = -1; offset <= table.ahead; offset++) {
      const from = startOf(table.unit, now, offset);
      await ensurePartition(db, schema, table, from, startOf(table.unit, now, offset + 1));
    }
    if (table.keep !== null) await dropBefore(db, schema, table, startOf(table.unit, now, -table.keep));
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

async function ensurePartition(db: Knex, schema: string, table: PartitionedTable, from: Date, to: Date): Promise<void> {
  const name = nameOf(table, from);
  const { rows } = await db.raw('select to_regclass(?) is not null as present', [`${schema}.${name}`]);
  if (rows[0].present === true) return;
  const range = `'${from.toISOString()}' and ${table.column} < '${to.toISOString()}'`;
  await db.transaction(async (transaction) => {
    await transaction.raw(`lock table ${schema}.${table.table}_default in access exclusive mode`);
    await transaction.raw(
      `create table ${schema}.${name} (like ${schema}.${table.table} including defaults including constraints)`,
    );
    await transaction.raw(
      `with moved as (delete from ${schema}.${table.table}_default where ${table.column} >= ${range} returning *)
       insert into ${schema}.${name} select * from moved`,
    );
    await transaction.raw(
      `alter table ${schema}.${table.table} attach partition ${schema}.${name}
       for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
  });
}

async function dropBefore(db: Knex, schema: string, table: PartitionedTable, first: Date): Promise<void> {
  const { rows } = await db.raw(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ?::regclass and c.relname < ? and c.relname <> ?`,
    [`${schema}.${table.table}`, nameOf(table, first), `${table.table}_default`],
  );
  for (const { name } of rows) await db.raw('drop table ??.??', [schema, name]);
}
