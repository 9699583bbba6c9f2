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
  /** As the version before says that something new was told; it does not count {@link news}. */
  readonly is_touched: boolean;
  /** How often something was told of it. */
  readonly news: number;
  /** What that was when what is stored here was found. */
  readonly news_seen: number;
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

/** Charges that are to be looked at. */
const TO_LOOK_AT = `(state = 'pending' or is_touched or news <> news_seen)`;

const settlements = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('settlements');

/** Notes charges that have ended, to be settled. One that is noted already is looked at once more, also where it is being looked at right now. */
export async function noteEnded(db: Knex, charges: readonly EndedCharge[], at: Instant): Promise<void> {
  await note(
    db,
    charges,
    at,
    `update set news = s.news + 1, is_touched = true, attempts = case when s.state = 'pending' then s.attempts else 0 end,
       due_at = case when s.state = 'pending' then s.due_at else excluded.due_at end`,
  );
}

/** Notes charges that others wait for, where they are not noted yet. */
export async function noteOthers(db: Knex, charges: readonly EndedCharge[], at: Instant): Promise<void> {
  await note(db, charges, at, 'nothing');
}

async function note(db: Knex, charges: readonly EndedCharge[], at: Instant, otherwise: string): Promise<void> {
  if (charges.length === 0) return;
  const unique = new Map(charges.map((charge) => [charge.transactionId, charge]));
  await db.raw(
    `insert into billing.settlements as s
       (transaction_id, organization_id, site_id, station_id, state, due_at, created_at, updated_at)
     select x.*, 'pending', ?::timestamptz, ?::timestamptz, ?::timestamptz
       from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[]) as x order by 1
     on conflict (transaction_id) do ${otherwise}`,
    [
      ...Array(3).fill(toIso(at)),
      [...unique.keys()],
      [...unique.values()].map(({ organizationId }) => organizationId),
      [...unique.values()].map(({ siteId }) => siteId),
      [...unique.values()].map(({ stationId }) => stationId),
    ],
  );
}

/**
 * Something new was told about charges; those that are noted are looked at again. Of one that waits to be settled it is counted only: it may be looked
 * at right now, and otherwise it has its time.
 *
 * @returns how many are noted
 */
export async function touch(db: Knex, transactionIds: readonly Uuid[], at: Instant): Promise<number> {
  if (transactionIds.length === 0) return 0;
  // Locked in the order that everybody keeps.
  const { rowCount } = await db.raw(
    `update billing.settlements s set news = s.news + 1, is_touched = true,
         attempts = case when s.state = 'pending' then s.attempts else 0 end,
         due_at = case when s.state = 'pending' then s.due_at else ?::timestamptz end
       from (select transaction_id from billing.settlements where transaction_id = any(?::uuid[])
         order by transaction_id for update) told
       where s.transaction_id = told.transaction_id`,
    [toIso(at), [...transactionIds]],
  );
  return rowCount;
}

/**
 * Takes charges that are due, for a while: whoever takes them and dies leaves them to the next one. What is read of a charge afterwards has in it
 * whatever was told by then, which is what `news` of the row counts.
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
    `update billing.settlements s
       set due_at = ?, attempts = s.attempts + 1, news = s.news + s.is_touched::int, is_touched = false
       from (select transaction_id from billing.settlements
         where ${TO_LOOK_AT} and due_at <= ? order by due_at limit ? for update skip locked) due
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

/** Of each of these charges that is noted, what has been told so far. */
export async function newsOf(db: Knex, transactionIds: readonly Uuid[]): Promise<SeenNews> {
  const rows: SettlementRow[] = await settlements(db).whereRaw('transaction_id = any(?::uuid[])', [
    [...transactionIds],
  ]);
  return seenNews(rows);
}

/** What had been told of charges before somebody looked at them. */
export type SeenNews = ReadonlyMap<Uuid, { readonly news: number; readonly isTouched: boolean }>;

export function seenNews(rows: readonly Pick<SettlementRow, 'transaction_id' | 'news' | 'is_touched'>[]): SeenNews {
  return new Map(rows.map((row) => [row.transaction_id, { news: row.news, isTouched: row.is_touched }]));
}

/** Whether nothing was told of these charges since: what was found about them then may be stored as long as the rows are locked. */
export function isAsSeen(rows: readonly SettlementRow[], seen: SeenNews): boolean {
  return rows.every((row) => {
    const then = seen.get(row.transaction_id);
    return then !== undefined && then.news === row.news && (then.isTouched || !row.is_touched);
  });
}

/** Stores what was found about charges: with their rows locked, and after {@link isAsSeen}. */
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
      news_seen: db.ref('news'),
      problem: null,
      attempts: 0,
      updated_at: toIso(more.at),
      ...(more.cdrId === undefined ? {} : { cdr_id: more.cdrId }),
      ...(more.seen === undefined ? {} : { seen: more.seen }),
    });
}

/** Charges that have their records now: with their rows locked, and after {@link isAsSeen}. */
export async function markSettled(
  db: Knex,
  charges: readonly { readonly transactionId: Uuid; readonly cdrId: Uuid; readonly seen: string }[],
  at: Instant,
): Promise<void> {
  await db.raw(
    `update billing.settlements s set state = 'settled', reasons = '{}', is_touched = false, news_seen = s.news, problem = null, attempts = 0,
       cdr_id = x.cdr_id, seen = x.seen, updated_at = ?
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

/** Something was told of a charge while it was looked at: it is due at once. */
export async function lookAgain(db: Knex, transactionId: Uuid, at: Instant): Promise<void> {
  await settlements(db)
    .where({ transaction_id: transactionId })
    .update({ due_at: db.raw('least(due_at, ?::timestamptz)', [toIso(at)]), attempts: 0 });
}

/** When the next charge is due; null when none waits. */
export async function nextDue(db: Knex): Promise<Date | null> {
  const row = await settlements(db).whereRaw(TO_LOOK_AT).min('due_at as at').first();
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

/** Which of these charges are held, and have no record; without those that are held for what only pricing tells. */
export async function heldCharges(db: Knex, transactionIds: readonly Uuid[]): Promise<readonly SettlementRow[]> {
  return settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .where({ state: 'held', cdr_id: null })
    .whereRaw(`not reasons && '{unpriceable,tariff-not-in-effect}'`)
    .orderBy('transaction_id');
}

/** Which of these charges are settled or written off. */
export async function finishedCharges(db: Knex, transactionIds: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  const rows: { transaction_id: Uuid }[] = await settlements(db)
    .whereRaw('transaction_id = any(?::uuid[])', [[...transactionIds]])
    .whereRaw(`(state in ('settled', 'written-off') or cdr_id is not null)`)
    .select('transaction_id');
  return new Set(rows.map((row) => row.transaction_id));
}
