import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { DeclineReason, PaymentFilter, PaymentPurpose, PaymentState } from '../../contract/payments.ts';
import { ofOrganizations } from '../../persistence/of-organizations.ts';
import type { Payment } from '../payment-state.ts';

export interface PaymentRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly account_id: Uuid;
  readonly purpose: PaymentPurpose;
  readonly intent_id: Uuid | null;
  readonly cdr_id: Uuid | null;
  readonly provider: string;
  readonly provider_ref: string | null;
  readonly method_id: Uuid;
  readonly currency: string;
  readonly requested_minor: string;
  readonly is_driver_present: boolean;
  readonly authorized_minor: string;
  readonly captured_minor: string;
  readonly refunded_minor: string;
  readonly fee_minor: string | null;
  readonly fee_currency: string | null;
  readonly state: PaymentState;
  readonly wanted: Payment['wanted'];
  readonly capture_minor: string | null;
  readonly increase_refused: boolean;
  readonly decline_reason: DeclineReason | null;
  readonly decline_code: string | null;
  readonly failure: string | null;
  readonly idempotency_key: string;
  readonly checks: number;
  readonly next_check_at: Date | null;
  readonly busy_until: Date | null;
  readonly created_at: Date;
  readonly asked_at: Date;
  readonly updated_at: Date;
}

/** When somebody looks at it again (null: nobody has to), and how long it is left alone. */
export interface Watch {
  readonly checks: number;
  readonly nextCheckAt: Instant | null;
  readonly busyUntil: Instant | null;
}

const payments = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('payments');

/** @returns false when there is a payment with that key or for that intent already */
export async function insertPayment(
  db: Knex,
  payment: Payment,
  facts: { readonly idempotencyKey: string } & Watch,
): Promise<boolean> {
  const inserted: unknown[] = await payments(db)
    .insert({
      id: payment.id,
      organization_id: payment.organizationId,
      account_id: payment.accountId,
      purpose: payment.purpose,
      intent_id: payment.intentId,
      provider: payment.provider,
      method_id: payment.methodId,
      currency: payment.currency,
      requested_minor: String(payment.requestedMinor),
      is_driver_present: payment.isDriverPresent,
      idempotency_key: facts.idempotencyKey,
      created_at: toIso(payment.createdAt),
      asked_at: toIso(payment.createdAt),
      ...changing(payment),
      ...watching(facts),
    })
    .onConflict()
    .ignore()
    .returning('id');
  return inserted.length > 0;
}

export async function storePayment(trx: Knex, payment: Payment, watch: Watch): Promise<void> {
  await payments(trx)
    .where({ id: payment.id })
    .update({ ...changing(payment), ...watching(watch), provider_checked_at: null });
}

/** What refunds take of it, or what a failed one gives back. */
export async function addRefunded(trx: Knex, id: Uuid, amountMinor: bigint): Promise<void> {
  await payments(trx)
    .where({ id })
    .update({
      refunded_minor: trx.raw('refunded_minor + ?::bigint', [String(amountMinor)]),
      provider_checked_at: null,
    });
}

/** The record that it pays took the place of another one. */
export async function reassignPayment(trx: Knex, id: Uuid, cdrId: Uuid): Promise<void> {
  await payments(trx).where({ id }).update({ cdr_id: cdrId });
}

/** Somebody is to look at it now. */
export async function wakePayment(db: Knex, id: Uuid, now: Instant): Promise<void> {
  await payments(db)
    .where({ id })
    .update({ next_check_at: toIso(now) });
}

export async function lockPayment(trx: Knex, id: Uuid): Promise<PaymentRow | undefined> {
  return payments(trx).where({ id }).forUpdate().first();
}

export async function findPayment(db: Knex, scope: AccessScope, id: Uuid): Promise<PaymentRow | undefined> {
  return payments(db).where({ id }).modify(ofOrganizations(scope)).first();
}

export async function findByKey(db: Knex, organizationId: Uuid, key: string): Promise<PaymentRow | undefined> {
  return payments(db).where({ organization_id: organizationId, idempotency_key: key }).first();
}

export async function findOfIntent(db: Knex, intentId: Uuid): Promise<PaymentRow | undefined> {
  return payments(db).where({ intent_id: intentId }).first();
}

/**
 * The payments for these intents, in the order of the intents.
 *
 * @param options `lock`: until the end of the transaction, in one order by everybody
 */
export async function findOfIntents(
  db: Knex,
  intentIds: readonly Uuid[],
  options: { readonly lock?: boolean } = {},
): Promise<PaymentRow[]> {
  const query = payments(db)
    .whereRaw('intent_id = any(?::uuid[])', [[...intentIds]])
    .orderBy('intent_id');
  if (options.lock === true) query.forUpdate();
  return query;
}

/** Notes that its intent was asked about again. */
export async function touchOfIntent(db: Knex, intentId: Uuid, at: Instant): Promise<PaymentRow | undefined> {
  const [row]: PaymentRow[] = await payments(db)
    .where({ intent_id: intentId })
    .update({ asked_at: db.raw('greatest(asked_at, ?::timestamptz)', [toIso(at)]) }, '*');
  return row;
}

/** Intents for which something is held, or may be, and that nobody has asked about since that time, in their order. */
export async function listStaleIntents(
  db: Knex,
  provider: string,
  askedBefore: Instant,
  after: Uuid | null,
  count: number,
): Promise<Uuid[]> {
  const query = payments(db)
    .where({ purpose: 'charge', wanted: 'hold', provider })
    .where('asked_at', '<', toIso(askedBefore))
    .orderBy('intent_id')
    .limit(count);
  if (after !== null) query.where('intent_id', '>', after);
  return query.pluck('intent_id');
}

export async function findByProviderRef(db: Knex, provider: string, ref: string): Promise<PaymentRow | undefined> {
  return payments(db).where({ provider, provider_ref: ref }).first();
}

/** One of this provider's. */
export async function findPaymentOf(db: Knex, provider: string, id: Uuid): Promise<PaymentRow | undefined> {
  return payments(db).where({ id, provider }).first();
}

/** Newest first. */
export async function listPayments(
  db: Knex,
  scope: AccessScope,
  filter: PaymentFilter,
  after: Uuid | null,
  count: number,
): Promise<PaymentRow[]> {
  const wanted = {
    account_id: filter.accountId,
    state: filter.state,
    purpose: filter.purpose,
    intent_id: filter.intentId,
    cdr_id: filter.cdrId,
  };
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const query = payments(db).where(given).modify(ofOrganizations(scope)).orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  return query;
}

function changing(payment: Payment): Record<string, unknown> {
  return {
    cdr_id: payment.cdrId,
    provider_ref: payment.providerRef,
    authorized_minor: String(payment.authorizedMinor),
    captured_minor: String(payment.capturedMinor),
    fee_minor: text(payment.feeMinor),
    fee_currency: payment.feeCurrency,
    state: payment.state,
    wanted: payment.wanted,
    capture_minor: text(payment.captureMinor),
    increase_refused: payment.increaseRefused,
    decline_reason: payment.decline?.reason ?? null,
    decline_code: payment.decline?.code.slice(0, 100) ?? null,
    failure: payment.failure,
    updated_at: toIso(payment.updatedAt),
  };
}

function watching({ checks, nextCheckAt, busyUntil }: Watch): Record<string, unknown> {
  return {
    checks,
    next_check_at: nextCheckAt === null ? null : toIso(nextCheckAt),
    busy_until: busyUntil === null ? null : toIso(busyUntil),
  };
}

function text(minor: bigint | null): string | null {
  return minor === null ? null : String(minor);
}

export function toPayment(row: PaymentRow): Payment {
  return {
    id: row.id,
    organizationId: row.organization_id,
    accountId: row.account_id,
    purpose: row.purpose,
    intentId: row.intent_id,
    cdrId: row.cdr_id,
    provider: row.provider,
    providerRef: row.provider_ref,
    methodId: row.method_id,
    currency: row.currency,
    requestedMinor: BigInt(row.requested_minor),
    isDriverPresent: row.is_driver_present,
    authorizedMinor: BigInt(row.authorized_minor),
    capturedMinor: BigInt(row.captured_minor),
    feeMinor: row.fee_minor === null ? null : BigInt(row.fee_minor),
    feeCurrency: row.fee_currency,
    state: row.state,
    wanted: row.wanted,
    captureMinor: row.capture_minor === null ? null : BigInt(row.capture_minor),
    increaseRefused: row.increase_refused,
    decline: row.decline_reason === null ? null : { reason: row.decline_reason, code: row.decline_code ?? '' },
    failure: row.failure,
    createdAt: instant(row.created_at.getTime()),
    updatedAt: instant(row.updated_at.getTime()),
  };
}
