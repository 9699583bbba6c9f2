import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { HoldState, HoldView } from '../contract/wallets.ts';
import { toMoney } from '../money/minor-units.ts';

/** What is set aside for a charge. */
export interface Hold {
  readonly intentId: Uuid;
  readonly accountId: Uuid;
  readonly organizationId: Uuid;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** Whether it is set aside still. */
  readonly isOpen: boolean;
}

interface HoldRow {
  readonly intent_id: Uuid;
  readonly account_id: Uuid;
  readonly organization_id: Uuid;
  readonly currency: string;
  readonly amount_minor: string;
  readonly state: HoldState;
  readonly transaction_id: Uuid | null;
  readonly created_at: Date;
  readonly asked_at: Date;
  readonly released_at: Date | null;
}

const holds = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('holds');

/** @returns whether there was none of its intent yet */
export async function insertHold(db: Knex, hold: Omit<Hold, 'isOpen'>, at: Instant): Promise<boolean> {
  const inserted = await holds(db)
    .insert({
      intent_id: hold.intentId,
      account_id: hold.accountId,
      organization_id: hold.organizationId,
      currency: hold.currency,
      amount_minor: String(hold.amountMinor),
      state: 'open',
      created_at: toIso(at),
      asked_at: toIso(at),
    })
    .onConflict('intent_id')
    .ignore()
    .returning('intent_id');
  return inserted.length === 1;
}

/** The holds of these intents, whatever has become of them, in the order of the intents. */
export async function findHolds(db: Knex, intentIds: readonly Uuid[]): Promise<Hold[]> {
  const rows: readonly HoldRow[] = await holds(db)
    .whereRaw('intent_id = any(?::uuid[])', [[...intentIds]])
    .orderBy('intent_id');
  return rows.map(holdOf);
}

/** Notes that its intent was asked about again. */
export async function touchHold(db: Knex, intentId: Uuid, at: Instant): Promise<Hold | undefined> {
  const [row]: HoldRow[] = await holds(db)
    .where({ intent_id: intentId })
    .update({ asked_at: db.raw('greatest(asked_at, ?::timestamptz)', [toIso(at)]) }, '*');
  return row === undefined ? undefined : holdOf(row);
}

/**
 * Marks those of these that are open as released, and locks them until the end of the transaction: in one order by everybody.
 *
 * @param askedBefore only where nobody has asked about its intent since
 * @returns what was held; each is returned to one caller only
 */
export async function closeHolds(
  transaction: Knex.Transaction,
  intentIds: readonly Uuid[],
  at: Instant,
  askedBefore?: Instant,
): Promise<Hold[]> {
  if (intentIds.length === 0) return [];
  const query = holds(transaction)
    .whereRaw('intent_id = any(?::uuid[])', [[...intentIds]])
    .where('state', 'open')
    .orderBy('intent_id')
    .forUpdate();
  if (askedBefore !== undefined) query.where('asked_at', '<', toIso(askedBefore));
  const open: Uuid[] = await query.pluck('intent_id');
  if (open.length === 0) return [];
  const rows: HoldRow[] = await holds(transaction)
    .whereRaw('intent_id = any(?::uuid[])', [open])
    .update({ state: 'released', released_at: toIso(at) }, '*');
  return rows.map(holdOf);
}

/** Intents of open holds that nobody has asked about since that time, in their order. */
export async function listStaleHolds(
  db: Knex,
  askedBefore: Instant,
  after: Uuid | null,
  count: number,
): Promise<Uuid[]> {
  const query = holds(db)
    .where('state', 'open')
    .where('asked_at', '<', toIso(askedBefore))
    .orderBy('intent_id')
    .limit(count);
  if (after !== null) query.where('intent_id', '>', after);
  return query.pluck('intent_id');
}

/** Locks a hold until the end of the transaction; undefined where nothing is set aside any more. */
export async function lockOpenHold(transaction: Knex.Transaction, intentId: Uuid): Promise<Hold | undefined> {
  const row: HoldRow | undefined = await holds(transaction)
    .where({ intent_id: intentId, state: 'open' })
    .forUpdate()
    .first();
  return row === undefined ? undefined : holdOf(row);
}

export async function setHoldAmount(transaction: Knex.Transaction, intentId: Uuid, amountMinor: bigint): Promise<void> {
  await holds(transaction)
    .where({ intent_id: intentId })
    .update({ amount_minor: String(amountMinor) });
}

/** Intents of open holds, in their order. */
export async function listOpenHolds(db: Knex, after: Uuid | null, count: number): Promise<Uuid[]> {
  const query = holds(db).where('state', 'open').orderBy('intent_id').limit(count);
  if (after !== null) query.where('intent_id', '>', after);
  return query.pluck('intent_id');
}

/** Notes the charge that a hold is for. */
export async function setHoldTransaction(db: Knex, intentId: Uuid, transactionId: Uuid): Promise<void> {
  await holds(db).where({ intent_id: intentId }).update({ transaction_id: transactionId });
}

/** Newest first. */
export async function listHolds(
  db: Knex,
  accountId: Uuid,
  state: HoldState | undefined,
  after: Uuid | null,
  count: number,
): Promise<HoldView[]> {
  const query = holds(db).where('account_id', accountId).orderBy('intent_id', 'desc').limit(count);
  if (state !== undefined) query.where('state', state);
  if (after !== null) query.where('intent_id', '<', after);
  const rows: readonly HoldRow[] = await query;
  return rows.map((row) => ({
    intentId: row.intent_id,
    accountId: row.account_id,
    amount: toMoney(BigInt(row.amount_minor), row.currency),
    state: row.state,
    transactionId: row.transaction_id,
    createdAt: row.created_at.toISOString(),
    releasedAt: row.released_at?.toISOString() ?? null,
  }));
}

function holdOf(row: HoldRow): Hold {
  return {
    intentId: row.intent_id,
    accountId: row.account_id,
    organizationId: row.organization_id,
    currency: row.currency,
    amountMinor: BigInt(row.amount_minor),
    isOpen: row.state === 'open',
  };
}
