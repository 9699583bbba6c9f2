import type { Pool } from 'pg';

/** Returns as soon as this backend of the database waits for another one; whoever asks has a timeout of its own. */
export async function untilBlocked(pool: Pool, pid: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ blocked: boolean }>('select cardinality(pg_blocking_pids($1)) > 0 as blocked', [
      pid,
    ]);
    if (rows[0]?.blocked) return;
  }
}
