import type { Pool } from 'pg';

/** What a table takes with all its partitions. */
export interface TableSize {
  /** With its schema. */
  readonly table: string;
  readonly rows: number;
  /** With what is stored out of line. */
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** Sizes of all our tables, after a vacuum: what stays. */
export async function tableSizes(pool: Pool): Promise<Map<string, TableSize>> {
  await pool.query('vacuum analyze');
  const { rows } = await pool.query<{ table: string; rows: string; heap: string; indexes: string }>(
    `select coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as table, sum(greatest(c.reltuples, 0))::bigint as rows,
            sum(pg_table_size(c.oid)) as heap, sum(pg_indexes_size(c.oid)) as indexes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('csms', 'billing', 'operations', 'platform', 'identity')
     group by 1`,
  );
  return new Map(
    rows.map(({ table, rows, heap, indexes }) => [
      table,
      { table, rows: Number(rows), tableBytes: Number(heap), indexBytes: Number(indexes) },
    ]),
  );
}

/** @returns what has grown, the largest first */
export function growth(before: ReadonlyMap<string, TableSize>, after: ReadonlyMap<string, TableSize>): TableSize[] {
  return [...after.values()]
    .map(({ table, rows, tableBytes, indexBytes }) => {
      const old = before.get(table);
      return {
        table,
        rows: rows - (old?.rows ?? 0),
        tableBytes: tableBytes - (old?.tableBytes ?? 0),
        indexBytes: indexBytes - (old?.indexBytes ?? 0),
      };
    })
    .filter(({ rows }) => rows > 0)
    .sort((one, other) => other.tableBytes + other.indexBytes - one.tableBytes - one.indexBytes);
}
