import { type Database, describeDatabase, withDatabaseErrors } from '../database/connection.ts';
import type { Job } from '../jobs/job-runner.ts';
import type { StoragePort } from './storage-port.ts';

const MOST_TABLES = 500;
const KEPT_DAYS = 400;

/** Every table with all that belongs to it: what a partitioned table holds is in its partitions. */
const TABLES = `
  select n.nspname as schema_name, coalesce(root.relname, c.relname) as table_name,
    sum(pg_total_relation_size(c.oid))::bigint as bytes, sum(greatest(c.reltuples, 0))::float8 as rows
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_class root on root.oid = pg_partition_root(c.oid)
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by 1, 2`;

/** How large a database is, and was. */
export function createStorage({ config, pool }: Pick<Database, 'config' | 'pool'>): {
  readonly port: StoragePort;
  readonly jobs: readonly Job[];
} {
  const port: StoragePort = {
    size: () =>
      withDatabaseErrors(async () => {
        const before = (days: number): string => `(
          select s.bytes from platform.table_sizes s
          where s.schema_name = t.schema_name and s.table_name = t.table_name and s.day <= current_date - ${days}
          order by s.day desc limit 1)`;
        const { rows } = await pool.query<TableRow>(
          `select t.*, ${before(7)} as week_ago, ${before(30)} as month_ago from (${TABLES}) t
           order by t.bytes desc, t.schema_name, t.table_name limit ${MOST_TABLES}`,
        );
        const total = await pool.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
        return {
          database: describeDatabase(config),
          bytes: Number(total.rows[0]?.bytes),
          tables: rows.map((row) => ({
            schema: row.schema_name,
            name: row.table_name,
            bytes: Number(row.bytes),
            rows: Math.round(row.rows),
            bytesAWeekAgo: row.week_ago === null ? null : Number(row.week_ago),
            bytesAMonthAgo: row.month_ago === null ? null : Number(row.month_ago),
          })),
        };
      }),
  };
  return {
    port,
    jobs: [
      {
        name: 'platform.note-table-sizes',
        schedule: '7 0 * * *',
        run: () =>
          withDatabaseErrors(async () => {
            await pool.query(
              `insert into platform.table_sizes (day, schema_name, table_name, bytes)
               select current_date, schema_name, table_name, bytes from (${TABLES}) t
               on conflict (schema_name, table_name, day) do update set bytes = excluded.bytes`,
            );
            await pool.query('delete from platform.table_sizes where day < current_date - $1::integer', [KEPT_DAYS]);
          }),
      },
    ],
  };
}

interface TableRow {
  readonly schema_name: string;
  readonly table_name: string;
  readonly bytes: string;
  readonly rows: number;
  readonly week_ago: string | null;
  readonly month_ago: string | null;
}
