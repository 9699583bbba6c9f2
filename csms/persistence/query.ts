import type { Knex } from 'knex';
import type { Sql } from './sql.ts';

/** Runs a query by knex, pool or transaction, and gives its rows. The row type is the caller's promise about the text. */
export async function query<Row>(db: Knex, { text, values }: Sql): Promise<Row[]> {
  const result = (await db.raw(text, values as Knex.RawBinding[])) as { rows: Row[] };
  return result.rows;
}
