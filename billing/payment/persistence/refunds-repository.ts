import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { RefundState } from '../../contract/payments.ts';
import type { Refund } from '../refund-state.ts';
import type { Watch } from './payments-repository.ts';

export interface RefundRow {
  readonly id: Uuid;
  readonly payment_id: Uuid;
  readonly organization_id: Uuid;
  readonly provider: string;
  readonly provider_ref: string | null;
  readonly amount_minor: string;
  readonly currency: string;
  readonly reason: string;
  readonly idempotency_key: string;
  readonly state: RefundState;
  readonly booked_from_receivable: boolean;
  readonly requested_by: string | null;
  readonly checks: number;
  readonly busy_until: Date | null;
  readonly created_at: Date;
}

const refunds = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('payment_refunds');

export async function insertRefund(trx: Knex, refund: Refund, watch: Watch): Promise<void> {
  await refunds(trx).insert({
    id: refund.id,
    payment_id: refund.paymentId,
    organization_id: refund.organizationId,
    provider: refund.provider,
    provider_ref: refund.providerRef,
    amount_minor: String(refund.amountMinor),
    currency: refund.currency,
    reason: refund.reason,
    idempotency_key: refund.idempotencyKey,
    state: refund.state,
    booked_from_receivable: refund.bookedFromReceivable,
    requested_by: refund.requestedBy,
    created_at: toIso(refund.createdAt),
    updated_at: toIso(refund.createdAt),
    ...watching(watch),
  });
}

export async function storeRefund(trx: Knex, refund: Refund, watch: Watch, now: Instant): Promise<void> {
  await refunds(trx)
    .where({ id: refund.id })
    .update({
      provider_ref: refund.providerRef,
      state: refund.state,
      updated_at: toIso(now),
      ...watching(watch),
    });
}

export async function lockRefund(trx: Knex, id: Uuid): Promise<RefundRow | undefined> {
  return refunds(trx).where({ id }).forUpdate().first();
}

export async function findRefund(
  db: Knex,
  by:
    | { readonly payment_id: Uuid; readonly idempotency_key: string }
    | { readonly payment_id: Uuid; readonly id: Uuid }
    | { readonly provider: string; readonly provider_ref: string },
): Promise<RefundRow | undefined> {
  return refunds(db).where(by).first();
}

/** Newest first. */
export async function listRefunds(db: Knex, paymentId: Uuid, after: Uuid | null, count: number): Promise<RefundRow[]> {
  const query = refunds(db).where({ payment_id: paymentId }).orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  return query;
}

function watching({ checks, nextCheckAt, busyUntil }: Watch): Record<string, unknown> {
  return {
    checks,
    next_check_at: nextCheckAt === null ? null : toIso(nextCheckAt),
    busy_until: busyUntil === null ? null : toIso(busyUntil),
  };
}

export function toRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    paymentId: row.payment_id,
    organizationId: row.organization_id,
    provider: row.provider,
    providerRef: row.provider_ref,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    reason: row.reason,
    idempotencyKey: row.idempotency_key,
    state: row.state,
    bookedFromReceivable: row.booked_from_receivable,
    requestedBy: row.requested_by,
    createdAt: instant(row.created_at.getTime()),
  };
}
