import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { RestingPayment } from '../compare-with-provider.ts';
import { type PaymentRow, toPayment } from './payments-repository.ts';

/** A payment at its end that the provider was not asked about since it changed. */
export interface UncheckedPayment extends RestingPayment {
  readonly updatedAt: Date;
}

const RESTING = `state in ('captured', 'cancelled', 'declined', 'failed')`;

/** The newest first. @param id only this one */
export async function listUnchecked(
  db: Knex,
  provider: string,
  count: number,
  id: Uuid | null = null,
): Promise<UncheckedPayment[]> {
  const { rows } = await db.raw<{ rows: (PaymentRow & { has_open_refund: boolean })[] }>(
    `select p.*, exists (select from billing.payment_refunds r where r.payment_id = p.id and r.state = 'pending') as has_open_refund
     from billing.payments p
     where provider_checked_at is null and provider = :provider and ${RESTING} and (:id::uuid is null or id = :id::uuid)
     order by updated_at desc limit :count`,
    { provider, count, id },
  );
  return rows.map((row) => ({
    payment: toPayment(row),
    refundedMinor: BigInt(row.refunded_minor),
    hasOpenRefund: row.has_open_refund,
    updatedAt: row.updated_at,
  }));
}

export async function countUnchecked(db: Knex, provider: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*)::int as count from billing.payments where provider_checked_at is null and provider = ? and ${RESTING}`,
    [provider],
  );
  return rows[0]?.count ?? 0;
}

/** The provider says the same of it. One that has changed meanwhile is asked about again. */
export async function noteChecked(
  db: Knex,
  { payment: { id }, updatedAt, refundedMinor }: UncheckedPayment,
  at: Instant,
): Promise<void> {
  await db
    .withSchema('billing')
    .table('payments')
    .where({ id, updated_at: updatedAt, refunded_minor: String(refundedMinor) })
    .update({ provider_checked_at: toIso(at) });
}
