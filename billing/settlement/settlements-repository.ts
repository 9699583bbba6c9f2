import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { SettlementFilter, SettlementState } from '../contract/settlement.ts';

export interface SettlementRow {
  readonly transaction_id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly station_id: string;
  readonly state: SettlementState;
  readonly reasons: readonly string[];
  readonly is_touched: boolean;
  readonly attempts: number;
  readonly problem: string | null;
  readonly cdr_id: Uuid | null;
  readonly seen: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface EndedCharge {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
}

const settlements = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('settlements');

/** Notes charges that have ended, to be settled. One that is noted already is looked at once more. */
export async function noteEnded(db: Knex, charges: readonly EndedCharge[], at: Instant): Promise<void> {
  if (charges.length === 0) return;
  const unique = new Map(charges.map((charge) => [charge.transactionId, charge]));
  await db.raw(
    `insert into billing.settlements as s
       (transaction_id, organization_id, site_id, station_id, state, due_at, created_at, updated_at)
     select x.*, 'pending', ?::timestamptz, ?::timestamptz, ?::timestamptz
       from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[]) as x order by 1
     on conflict (transaction_id) do update set is_touched = true, attempts = 0, due_at = excluded.due_at
       where s.state <> 'pending'`,
    [
      ...Array(3).fill(toIso(at)),
      [...unique.keys()],
      [...unique.values()].map(({ organizationId }) => organizationId),
      [...unique.values()].map(({ siteId }) => siteId),
      [...unique.values()].map(({ stationId }) => stationId),
    ],
  );
}

/** Something new was told about charges; those that are noted are looked at again. */
export async function touch(db: Knex, transactionIds: readonly Uuid[], at: Instant): Promise<void> {
  if (transactionIds.length === 0) return;
  await settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .whereNot({ state: 'pending' })
    .update({ is_touched: true, attempts: 0, due_at: toIso(at) });
}

/**
 * Takes charges that are due, for a while: whoever takes them and dies leaves them to the next one.
 *
 * @param leaseUntil when they are due again if nothing becomes of them
 */
export async function claimDue(
  db: Knex,
  at: Instant,
  leaseUntil: Instant,
  limit: number,
): Promise<readonly SettlementRow[]> {
  const { rows } = await db.raw(
    `update billing.settlements s set due_at = ?, attempts = s.attempts + 1
       from (select transaction_id from billing.settlements
         where (state = 'pending' or is_touched) and due_at <= ? order by due_at limit ? for update skip locked) due
       where s.transaction_id = due.transaction_id returning s.*`,
    [toIso(leaseUntil), toIso(at), limit],
  );
  return rows;
}

/** Locks the rows of a charge, in one order. Those that were never noted are missing. */
export async function lockCharges(
  transaction: Knex.Transaction,
  transactionIds: readonly Uuid[],
): Promise<readonly SettlementRow[]> {
  return settlements(transaction)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .orderBy('transaction_id')
    .forUpdate();
}

export async function setState(
  db: Knex,
  transactionIds: readonly Uuid[],
  state: SettlementState,
  more: {
    readonly at: Instant;
    readonly reasons: readonly string[];
    readonly cdrId?: Uuid | null;
    readonly seen?: string;
  },
): Promise<void> {
  await settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .update({
      state,
      reasons: [...more.reasons],
      is_touched: false,
      problem: null,
      attempts: 0,
      updated_at: toIso(more.at),
      ...(more.cdrId === undefined ? {} : { cdr_id: more.cdrId }),
      ...(more.seen === undefined ? {} : { seen: more.seen }),
    });
}

/** Charges that have their records now. */
export async function markSettled(
  db: Knex,
  charges: readonly { readonly transactionId: Uuid; readonly cdrId: Uuid; readonly seen: string }[],
  at: Instant,
): Promise<void> {
  await db.raw(
    `update billing.settlements s set state = 'settled', reasons = '{}', is_touched = false, problem = null, attempts = 0, cdr_id = x.cdr_id,
       seen = x.seen, updated_at = ?
     from unnest(?::uuid[], ?::uuid[], ?::text[]) as x (transaction_id, cdr_id, seen) where s.transaction_id = x.transaction_id`,
    [
      toIso(at),
      charges.map(({ transactionId }) => transactionId),
      charges.map(({ cdrId }) => cdrId),
      charges.map(({ seen }) => seen),
    ],
  );
}

/** Tries again later. */
export async function postpone(db: Knex, transactionId: Uuid, dueAt: Instant, problem: string | null): Promise<void> {
  await settlements(db)
    .where({ transaction_id: transactionId })
    .update({ due_at: toIso(dueAt), problem });
}

/** When the next charge is due; null when none waits. */
export async function nextDue(db: Knex): Promise<Date | null> {
  const row = await settlements(db).whereRaw(`(state = 'pending' or is_touched)`).min('due_at as at').first();
  return row?.at ?? null;
}

export async function findSettlement(
  db: Knex,
  scope: AccessScope,
  transactionId: Uuid,
): Promise<SettlementRow | undefined> {
  return settlements(db).modify(withinScope(scope)).where({ transaction_id: transactionId }).first();
}

export async function listSettlements(
  db: Knex,
  scope: AccessScope,
  filter: SettlementFilter,
  after: Uuid | null,
  count: number,
): Promise<SettlementRow[]> {
  return settlements(db)
    .modify(withinScope(scope))
    .modify((query) => {
      if (filter.state !== undefined) query.where({ state: filter.state });
      if (filter.stationId !== undefined) query.where({ station_id: filter.stationId });
      if (after !== null) query.where('transaction_id', '<', after);
    })
    .orderBy('transaction_id', 'desc')
    .limit(count);
}

export interface DecisionRow {
  readonly id: Uuid;
  readonly transactionId: Uuid;
  readonly decision: 'accept' | 'correct' | 'write-off';
  readonly reasons: readonly string[];
  readonly energyMilliWh: bigint | null;
  /** What it can have had at most, where more was confirmed. */
  readonly confirmedAboveMilliWh: bigint | null;
  readonly reason: string;
  readonly decidedBy: string;
  readonly decidedAt: Instant;
}

export async function insertDecision(db: Knex, row: DecisionRow): Promise<void> {
  await db
    .withSchema('billing')
    .table('settlement_decisions')
    .insert({
      id: row.id,
      transaction_id: row.transactionId,
      decision: row.decision,
      reasons: [...row.reasons],
      energy_mwh: row.energyMilliWh === null ? null : String(row.energyMilliWh),
      confirmed_above_mwh: row.confirmedAboveMilliWh === null ? null : String(row.confirmedAboveMilliWh),
      reason: row.reason,
      decided_by: row.decidedBy,
      decided_at: toIso(row.decidedAt),
    });
}

export async function listDecisions(
  db: Knex,
  transactionIds: readonly Uuid[],
): Promise<
  {
    readonly id: Uuid;
    readonly transaction_id: Uuid;
    readonly decision: DecisionRow['decision'];
    readonly reasons: readonly string[];
    readonly energy_mwh: string | null;
    readonly confirmed_above_mwh: string | null;
    readonly reason: string;
    readonly decided_by: string;
    readonly decided_at: Date;
  }[]
> {
  return db
    .withSchema('billing')
    .table('settlement_decisions')
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .orderBy('id');
}

/** Which of these charges are noted. */
export async function knownCharges(db: Knex, transactionIds: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  const rows: { transaction_id: Uuid }[] = await settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .select('transaction_id');
  return new Set(rows.map((row) => row.transaction_id));
}

/** Which of these charges are settled or written off. */
export async function finishedCharges(db: Knex, transactionIds: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  const rows: { transaction_id: Uuid }[] = await settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .whereRaw(`(state in ('settled', 'written-off') or cdr_id is not null)`)
    .select('transaction_id');
  return new Set(rows.map((row) => row.transaction_id));
}
