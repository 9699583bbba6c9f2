import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { sessionUnusable } from '../rating/metered-session.ts';
import { insertCdrs } from './cdrs-repository.ts';
import { type NewCdr, recordCharge } from './charge-record.ts';
import { factsOf, type PricingSources } from './price-facts.ts';
import { type ReadCharge, readCharges } from './read-charges.ts';
import type { ChargePayments } from './settlement-ports.ts';
import {
  isAsSeen,
  lockCharges,
  lookAgain,
  markSettled,
  postpone,
  type SettlementRow,
  setState,
} from './settlements-repository.ts';

export interface SettlementDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly sources: PricingSources;
  readonly payments: ChargePayments;
}

export type SettlementOutcome =
  | { readonly kind: 'settled'; readonly cdr: NewCdr }
  | { readonly kind: 'held' | 'waiting' | 'unchanged' }
  /** Something was told of it while it was looked at: nothing is stored, and it is due at once. */
  | { readonly kind: 'told-meanwhile' };

/** A charge that was looked at: what is to be stored about it. */
export interface PreparedCharge extends ReadCharge {
  readonly transactionId: Uuid;
  readonly at: Instant;
  readonly result:
    | { readonly kind: 'record'; readonly cdr: NewCdr }
    | { readonly kind: 'problems'; readonly reasons: readonly string[] }
    | { readonly kind: 'waiting' };
}

/** Others of a group of EVSEs end a moment later, or their records come with a delay; after a day somebody has to look. */
const GROUP_WAIT_MS = 30_000;
const GROUP_PATIENCE_MS = 86_400_000;

/**
 * Looks at charges that have ended: prices them, or finds why they cannot be settled. Nothing is stored of that.
 *
 * @param rows as they were taken
 * @returns in the order of the rows
 */
export async function prepareCharges(
  { knex, clock, sources }: Pick<SettlementDependencies, 'knex' | 'clock' | 'sources'>,
  rows: readonly Pick<SettlementRow, 'transaction_id' | 'created_at' | 'news' | 'is_touched'>[],
): Promise<PreparedCharge[]> {
  const at = clock.now();
  const read = await readCharges(knex, sources, rows, at);
  const looked = read.map((charge, index) => {
    const { transaction_id: transactionId, created_at } = rows[index] as (typeof rows)[number];
    return { ...charge, transactionId, at, problems: problemsOf(charge.curves, at, created_at) };
  });
  const payable = looked.filter(({ problems }) => problems.length === 0);
  const found = await factsOf(
    sources,
    payable.map(({ curves }) => curves),
  );
  const facts = new Map(payable.map((charge, index) => [charge, found[index]]));
  return looked.map((charge): PreparedCharge => {
    const { problems, ...common } = charge;
    if (problems === 'waiting') return { ...common, result: { kind: 'waiting' } };
    const toPay = facts.get(charge);
    if (toPay === undefined) return { ...common, result: { kind: 'problems', reasons: problems } };
    if (toPay.lacksVersion === true)
      return { ...common, result: { kind: 'problems', reasons: ['tariff-not-in-effect'] } };
    try {
      return { ...common, result: { kind: 'record', cdr: recordCharge(toPay, { id: uuidv7(), at, reason: null }) } };
    } catch (error) {
      if (!sessionUnusable.is(error)) throw error;
      return { ...common, result: { kind: 'problems', reasons: ['unpriceable'] } };
    }
  });
}

/**
 * Stores what was found about charges, in the caller's transaction. However often and by however many at once: the record of a charge is stored once, with
 * its ledger entry. Of a charge of which something was told since it was read, nothing is stored: it is looked at again.
 *
 * @returns in the order of the charges
 */
export async function storeCharges(
  dependencies: SettlementDependencies,
  trx: Knex.Transaction,
  charges: readonly PreparedCharge[],
): Promise<readonly SettlementOutcome[]> {
  const known = await lockCharges(trx, charges.flatMap(idsOf));
  const records = new Map<Uuid, { readonly cdr: NewCdr; readonly intentIds: readonly Uuid[] }>();
  const outcomes: SettlementOutcome[] = [];
  for (const charge of charges) {
    const ids = idsOf(charge);
    const rows = known.filter((row) => ids.includes(row.transaction_id));
    const isTold = ids.some((id) => records.has(id));
    const outcome = isTold ? UNCHANGED : await storeCharge(trx, charge, rows);
    outcomes.push(outcome);
    if (outcome.kind !== 'settled') continue;
    const record = { cdr: outcome.cdr, intentIds: intentsOf(charge.curves) };
    for (const id of ids) records.set(id, record);
  }
  const made = [...new Set(records.values())];
  const [first] = charges;
  if (made.length > 0 && first !== undefined) {
    await insertCdrs(
      trx,
      made.map(({ cdr }) => cdr),
      1,
    );
    await dependencies.payments.charge(trx, made, first.at);
    await markSettled(
      trx,
      [...records].map(([transactionId, { cdr }]) => ({ transactionId, cdrId: cdr.id, seen: signatureOf(cdr) })),
      first.at,
    );
  }
  return outcomes;
}

const UNCHANGED: SettlementOutcome = { kind: 'unchanged' };

/** What becomes of a charge whose rows are locked; a new record is left to the caller. */
async function storeCharge(
  trx: Knex.Transaction,
  charge: PreparedCharge,
  rows: readonly SettlementRow[],
): Promise<SettlementOutcome> {
  const { transactionId, result, at } = charge;
  if (result.kind === 'waiting') {
    await postpone(trx, transactionId, instant(at + GROUP_WAIT_MS), 'other EVSEs of the same charge have not ended');
    return { kind: 'waiting' };
  }
  const ids = idsOf(charge);
  if (rows.length < ids.length || !isAsSeen(rows, charge.news)) {
    await lookAgain(trx, transactionId, at);
    return { kind: 'told-meanwhile' };
  }
  const isCharged = rows.some(({ cdr_id }) => cdr_id !== null);
  if (result.kind === 'record' && isCharged) return compare(trx, ids, rows, result.cdr, at);
  if (rows.some(({ state }) => state === 'written-off')) return keep(trx, ids, rows, at);
  if (result.kind === 'record') return { kind: 'settled', cdr: result.cdr };
  // What cannot be charged waits for a person; what was charged already, and would not be any more, too.
  const { reasons } = result;
  await setState(trx, ids, 'held', { at, reasons: isCharged ? ['changed-after-settlement', ...reasons] : reasons });
  return { kind: 'held' };
}

/** Why a charge cannot be settled; `waiting` for others that feed the same vehicle. */
export function problemsOf(curves: readonly ChargingCurve[], at: Instant, since: Date): readonly string[] | 'waiting' {
  if (curves.length === 0) return ['transaction-missing'];
  if (curves.some(({ transaction }) => transaction.status === 'active')) {
    return at - since.getTime() > GROUP_PATIENCE_MS ? ['group-incomplete'] : 'waiting';
  }
  const holds = curves.flatMap(({ transaction }) => transaction.holds);
  const isUnknown = curves.some(({ transaction }) => transaction.billableEnergyWh === null);
  if (holds.length > 0) return [...new Set(holds)];
  return isUnknown ? ['energy-unknown'] : [];
}

/** A record that a person's decision leads to, with what it does to the books. */
export async function storeDecided(
  { payments }: SettlementDependencies,
  trx: Knex.Transaction,
  cdr: NewCdr,
  generation: number,
  intentIds: readonly Uuid[],
  at: Instant,
): Promise<void> {
  await insertCdrs(trx, [cdr], generation);
  if (cdr.kind === 'credit') await payments.credit(trx, { cdr, intentIds }, at);
  else await payments.charge(trx, [{ cdr, intentIds }], at);
}

/** Something new was told of a charge that has its record: where it comes to something else, somebody has to look. */
async function compare(
  trx: Knex.Transaction,
  ids: readonly Uuid[],
  rows: readonly SettlementRow[],
  now: NewCdr,
  at: Instant,
): Promise<SettlementOutcome> {
  const isSame = rows.some(({ seen }) => seen === signatureOf(now)) && rows.length === now.transactionIds.length;
  const state = isSame ? 'settled' : 'held';
  await setState(trx, ids, state, { at, reasons: isSame ? [] : ['changed-after-settlement'] });
  return { kind: isSame ? 'unchanged' : 'held' };
}

/** What counts about a charge. Two records with the same one say the same. */
export function signatureOf({ energyWh, inclVat, accountId, transactionIds }: NewCdr): string {
  return [energyWh, inclVat.amount, inclVat.currency, accountId, ...[...transactionIds].sort()].join(' ');
}

async function keep(
  trx: Knex.Transaction,
  ids: readonly Uuid[],
  rows: readonly SettlementRow[],
  at: Instant,
): Promise<SettlementOutcome> {
  const [first] = rows;
  if (first !== undefined) await setState(trx, ids, first.state, { at, reasons: first.reasons });
  return { kind: 'unchanged' };
}

function idsOf({ curves, transactionId }: PreparedCharge): readonly Uuid[] {
  return curves.length === 0 ? [transactionId] : curves.map(({ transaction }) => transaction.id);
}

export function intentsOf(curves: readonly ChargingCurve[]): readonly Uuid[] {
  return curves.flatMap(({ intentId }) => (intentId === null ? [] : [intentId]));
}
