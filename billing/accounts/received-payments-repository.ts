import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { ReceivedBy, ReceivedPaymentFilter, ReceivedPaymentView } from '../contract/received-payments.ts';
import { toMoney } from '../money/minor-units.ts';
import { ofOrganizations } from '../persistence/of-organizations.ts';

export interface NewReceivedPayment {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly method: ReceivedBy;
  readonly reference: string;
  readonly receivedOn: string;
  readonly idempotencyKey: string;
  readonly entryId: Uuid;
  readonly recordedBy: string;
  readonly recordedAt: Instant;
}

export interface ReceivedPaymentRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly account_id: Uuid;
  readonly currency: string;
  readonly amount_minor: string;
  readonly method: ReceivedBy;
  readonly reference: string;
  readonly received_on: string;
  readonly entry_id: Uuid;
  readonly recorded_by: string;
  readonly recorded_at: Date;
  readonly reversal_entry_id: Uuid | null;
  readonly reversal_reason: string | null;
  readonly reversed_by: string | null;
  readonly reversed_at: Date | null;
}

const payments = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('received_payments');
/** The driver would make a moment of a date, in the zone of the process. */
const columns = (db: Knex) => ['received_payments.*', db.raw('received_on::text as received_on')];

export async function insertReceivedPayment(db: Knex, payment: NewReceivedPayment): Promise<void> {
  await payments(db).insert({
    id: payment.id,
    organization_id: payment.organizationId,
    account_id: payment.accountId,
    currency: payment.currency,
    amount_minor: String(payment.amountMinor),
    method: payment.method,
    reference: payment.reference,
    received_on: payment.receivedOn,
    idempotency_key: payment.idempotencyKey,
    entry_id: payment.entryId,
    recorded_by: payment.recordedBy,
    recorded_at: toIso(payment.recordedAt),
  });
}

export async function findByKey(
  db: Knex,
  accountId: Uuid,
  idempotencyKey: string,
): Promise<ReceivedPaymentRow | undefined> {
  return payments(db)
    .where({ account_id: accountId, idempotency_key: idempotencyKey })
    .first(...columns(db));
}

export async function findReceivedPayment(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  options: { readonly lock?: boolean } = {},
): Promise<ReceivedPaymentRow | undefined> {
  const query = payments(db).where({ id }).modify(ofOrganizations(scope));
  if (options.lock === true) query.forUpdate();
  return query.first(...columns(db));
}

/** Newest first. */
export async function listReceivedPayments(
  db: Knex,
  scope: AccessScope,
  { organizationId, accountId, state }: ReceivedPaymentFilter,
  after: Uuid | null,
  count: number,
): Promise<ReceivedPaymentRow[]> {
  const query = payments(db).modify(ofOrganizations(scope)).orderBy('id', 'desc').limit(count);
  if (organizationId !== undefined) query.where({ organization_id: organizationId });
  if (accountId !== undefined) query.where({ account_id: accountId });
  if (state === 'booked') query.whereNull('reversal_entry_id');
  if (state === 'reversed') query.whereNotNull('reversal_entry_id');
  if (after !== null) query.where('id', '<', after);
  return query.select(...columns(db));
}

export async function noteReversal(
  db: Knex,
  id: Uuid,
  reversal: { readonly entryId: Uuid; readonly reason: string; readonly by: string; readonly at: Instant },
): Promise<void> {
  await payments(db)
    .where({ id })
    .update({
      reversal_entry_id: reversal.entryId,
      reversal_reason: reversal.reason,
      reversed_by: reversal.by,
      reversed_at: toIso(reversal.at),
    });
}

export function toReceivedPaymentView(row: ReceivedPaymentRow): ReceivedPaymentView {
  const { reversal_entry_id: entryId, reversal_reason: reason, reversed_by: reversedBy, reversed_at: reversedAt } = row;
  const isReversed = entryId !== null && reason !== null && reversedBy !== null && reversedAt !== null;
  return {
    id: row.id,
    organizationId: row.organization_id,
    accountId: row.account_id,
    amount: toMoney(BigInt(row.amount_minor), row.currency),
    method: row.method,
    reference: row.reference,
    receivedOn: row.received_on,
    state: isReversed ? 'reversed' : 'booked',
    entryId: row.entry_id,
    recordedBy: row.recorded_by,
    recordedAt: row.recorded_at.toISOString(),
    reversal: isReversed ? { reason, entryId, reversedBy, reversedAt: reversedAt.toISOString() } : null,
  };
}
