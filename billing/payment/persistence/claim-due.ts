import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';

/**
 * Those of a table that somebody has to look at, the longest waiting first; each for one caller only, until `busyUntil`.
 *
 * @param table one with `next_check_at`, `busy_until` and `provider`
 */
export async function claimDueOf(
  db: Knex,
  table: 'payments' | 'payment_refunds',
  provider: string,
  now: Instant,
  busyUntil: Instant,
  count: number,
): Promise<Uuid[]> {
  const { rows } = await db.raw<{ rows: { id: Uuid }[] }>(
    `update billing.${table} set next_check_at = :busyUntil where id in (
       select id from billing.${table} where next_check_at <= :now and provider = :provider
         and (busy_until is null or busy_until <= :now)
       order by next_check_at limit :count for update skip locked)
     returning id`,
    { provider, now: toIso(now), busyUntil: toIso(busyUntil), count },
  );
  return rows.map(({ id }) => id);
}
