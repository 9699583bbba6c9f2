import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import { pastTriggers } from './past-triggers.ts';

/**
 * Does something while a row is changed past the triggers, and puts the row back as it was.
 *
 * @param change what follows `set`, in SQL
 */
export async function withChange<T>(
  pool: Pool,
  { table, id, change }: { readonly table: string; readonly id: string; readonly change: string },
  work: () => Promise<T>,
): Promise<T> {
  await pastTriggers(pool, async (client) => {
    await client.query(`create table kept_row as select * from billing.${table} where id = '${id}'`);
    const { rowCount } = await client.query(`update billing.${table} set ${change} where id = '${id}'`);
    assert.equal(rowCount, 1, change);
    const { rows } = await client.query(
      `select from billing.${table} r join kept_row k using (id) where r::text <> k::text`,
    );
    assert.equal(rows.length, 1, `nothing was changed: ${change}`);
  });
  try {
    return await work();
  } finally {
    await pastTriggers(pool, async (client) => {
      await client.query(`delete from billing.${table} where id = '${id}'`);
      await client.query(`insert into billing.${table} select * from kept_row`);
      await client.query('drop table kept_row');
    });
  }
}

/** To set the value at a path of a row's content. */
export function inContent(path: string, value: unknown): string {
  return `content = jsonb_set(content, '{${path}}', '${JSON.stringify(value)}')`;
}
