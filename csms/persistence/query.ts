import type { Knex } from 'knex';
import type { Sql } from './sql.ts';

/** Runs a query by knex, pool or transaction, and gives its rows. The row type is the caller's promise about the text. */
export async function query<Row>(db: Knex, { text, values }: Sql): Promise<Row[]> {
  const result = (await db.raw(text, values as Knex.RawBinding[])) as { rows: Row[] };
  return result.rows;
}

/**
 * The same as a prepared statement: planned once for each connection. For what is asked often and whose plan takes longer than its execution,
 * as with tables of many partitions.
 *
 * @param name unique for the text, in the whole process
 */
export async function preparedQuery<Row>(db: Knex, name: string, { text, values }: Sql): Promise<Row[]> {
  const result = (await db.raw(text, values as Knex.RawBinding[]).options({ name })) as { rows: Row[] };
  return result.rows;
}
