import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Pool } from 'pg';
import type { SampleKind } from '../samples/normalise-sample.ts';
import { FIND_KINDS_SQL, INTERN_KINDS_SQL, kindColumns } from './sample-statements.ts';

/** Finds or makes the rows of the kinds; ids in order. Several processes may do so at once. */
export function internKinds(pool: Pool, kinds: readonly SampleKind[]): Promise<number[]> {
  return withDatabaseErrors(async () => {
    const columns = kindColumns(kinds);
    await pool.query(INTERN_KINDS_SQL, columns);
    const { rows } = await pool.query<{ position: number; id: number }>(FIND_KINDS_SQL, columns);
    return rows.map((row) => row.id);
  });
}
