import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import { query } from './query.ts';
import { sql } from './sql.ts';

/** What is over, and until when it is kept. A balancing system sets profiles by the minute: those go sooner. */
const KEPT_DAYS: readonly { readonly table: string; readonly time: string; readonly days: number }[] = [
  { table: 'charging_profiles', time: 'cleared_at', days: 30 },
  { table: 'charging_profile_requests', time: 'requested_at', days: 30 },
  { table: 'charging_limits', time: 'cleared_at', days: 365 },
  { table: 'vehicle_plans', time: 'received_at', days: 365 },
];
const DAY_MS = 24 * 60 * 60_000;
const ROWS_PER_ROUND = 5000;

/**
 * Removes what was over long ago.
 *
 * @returns how many rows went
 */
export async function forgetSmartCharging(db: Knex, now: Instant, signal?: AbortSignal): Promise<number> {
  let gone = 0;
  for (const { table, time, days } of KEPT_DAYS) {
    const before = toIso((now - days * DAY_MS) as Instant);
    for (;;) {
      const rows = await query(
        db,
        sql(
          `delete from csms.${table} where ctid = any (array(
             select ctid from csms.${table} where ${time} < ?::timestamptz limit ?)) returning 1`,
          before,
          ROWS_PER_ROUND,
        ),
      );
      gone += rows.length;
      if (rows.length < ROWS_PER_ROUND || signal?.aborted) break;
    }
  }
  return gone;
}
