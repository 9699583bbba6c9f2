import { createHash } from 'node:crypto';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { milliWhToWh, scaleDecimal } from '@voltpile/kernel/units';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Knex } from 'knex';
import type { CdrsPort, CdrView } from '../contract/cdr.ts';
import type { ReviewDecision, SettlementsPort, SettlementView } from '../contract/settlement.ts';
import { compileTariff } from '../rating/compile-tariff.ts';
import { sessionUnusable } from '../rating/metered-session.ts';
import { findCdr, lastGeneration, listCdrs } from './cdrs-repository.ts';
import { type ChargeFacts, creditOf, type NewCdr, recordCharge } from './charge-record.ts';
import { energyUnlikely, mostEnergyOf } from './likely-energy.ts';
import { factsOf } from './price-facts.ts';
import { type ReadCharge, readCharges } from './read-charges.ts';
import { intentsOf, type SettlementDependencies, signatureOf, storeDecided } from './settle-charge.ts';
import {
  findSettlement,
  insertDecision,
  isAsSeen,
  listDecisions,
  listSettlements,
  lockCharges,
  type SettlementRow,
  setState,
} from './settlements-repository.ts';

export const settlementNotFound = defineError(
  'settlement.not_found',
  'NotFound',
  'No charge of this transaction has ended.',
);
export const settlementNotReady = defineError(
  'settlement.not_ready',
  'FailedPrecondition',
  'The charge cannot be decided about yet: {problem}.',
);
export const settlementChanged = defineError(
  'settlement.changed',
  'Conflict',
  'Somebody has decided about the charge since it was looked at, or something new was told of it: look again.',
);
export const nothingMeasured = defineError(
  'settlement.nothing_measured',
  'FailedPrecondition',
  'Nothing was measured that could be accepted; say what the energy was, or write the charge off.',
);
export const cdrNotFound = defineError('cdr.not_found', 'NotFound', 'There is no such charge detail record.');

/** Records, for people. */
export function createCdrs({
  knex,
  clock,
  sources,
}: Pick<SettlementDependencies, 'knex' | 'clock' | 'sources'>): CdrsPort {
  async function get(scope: AccessScope, id: Uuid): Promise<CdrView> {
    const cdr = await withDatabaseErrors(() => findCdr(knex, scope, id));
    if (cdr === undefined) throw cdrNotFound();
    return cdr;
  }
  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage('cdrs', page);
      const views = await withDatabaseErrors(() => listCdrs(knex, scope, filter, after, limit + 1));
      return makePage('cdrs', views, limit);
    },
    get,
    async whatIf(scope, id, tariff) {
      const cdr = await get(scope, id);
      const read = await Promise.all(cdr.transactionIds.map((each) => sources.curves.read(each)));
      const curves = read.filter((curve) => curve !== null);
      const other = { tariffId: cdr.id, name: 'what if', version: 0, compiled: compileTariff(tariff) };
      const energyMilliWh = scaleDecimal(String(Math.abs(cdr.energyWh)), 3) ?? 0n;
      if (curves.length === 0) throw sessionUnusable({ problem: 'its samples are not kept any more' });
      const record = recordCharge(
        { curves, accountId: cdr.accountId, tariff: other },
        { id: cdr.id, at: clock.now(), reason: cdr.reason, energyMilliWh },
      );
      return { ...record, site: cdr.site, tariff: null, creditedByCdrId: null };
    },
  };
}

/** What became of charges, and the review of those that somebody has to look at. */
export function createSettlements(dependencies: SettlementDependencies): SettlementsPort {
  const { knex, clock, sources } = dependencies;

  async function viewsOf(db: Knex, rows: readonly SettlementRow[]): Promise<SettlementView[]> {
    const decisions = await listDecisions(
      db,
      rows.map((row) => row.transaction_id),
    );
    return rows.map((row) => ({
      transactionId: row.transaction_id,
      organizationId: row.organization_id,
      siteId: row.site_id,
      stationId: row.station_id,
      state: row.state,
      reasons: row.reasons,
      problem: row.problem,
      cdrId: row.cdr_id,
      version: versionOf(row, decisions),
      decisions: decisionsOf(row, decisions).map((each) => ({
        decision: each.decision,
        reasons: each.reasons,
        energyWh: each.energy_mwh === null ? null : milliWhToWh(BigInt(each.energy_mwh)),
        confirmedAboveWh: each.confirmed_above_mwh === null ? null : milliWhToWh(BigInt(each.confirmed_above_mwh)),
        reason: each.reason,
        decidedBy: each.decided_by,
        decidedAt: each.decided_at.toISOString(),
      })),
      createdAt: row.created_at.toISOString(),
      updatedAt: row.updated_at.toISOString(),
    }));
  }

  async function viewOf(db: Knex, scope: AccessScope, transactionId: Uuid): Promise<SettlementView> {
    const row = await findSettlement(db, scope, transactionId);
    if (row === undefined) throw settlementNotFound();
    const [view] = await viewsOf(db, [row]);
    return view as SettlementView;
  }

  /** The record that a decision leads to; null where nothing is to be charged any more. */
  async function recordFor(
    decision: ReviewDecision,
    curves: readonly ChargingCurve[],
    at: Instant,
  ): Promise<NewCdr | null> {
    if (curves.length === 0 || decision.decision === 'write-off') return null;
    const [facts] = (await factsOf(sources, [curves])) as [ChargeFacts];
    const common = { id: uuidv7(), at, reason: decision.reason };
    if (decision.decision === 'accept') return recordCharge(facts, common);
    return recordCharge(facts, { ...common, energyMilliWh: correctedEnergy(decision) ?? 0n });
  }

  return {
    async list(scope, filter, page) {
      const { limit, after } = readPage('settlements', page);
      return withDatabaseErrors(async () => {
        const rows = await listSettlements(knex, scope, filter, after, limit + 1);
        const views = await viewsOf(knex, rows);
        const { nextCursor } = makePage(
          'settlements',
          rows.map((row) => ({ id: row.transaction_id })),
          limit,
        );
        return { items: views.slice(0, limit), nextCursor };
      });
    },

    get: (scope, transactionId) => withDatabaseErrors(() => viewOf(knex, scope, transactionId)),

    async decide(scope, transactionId, decision, decidedBy) {
      const known = await withDatabaseErrors(() => findSettlement(knex, scope, transactionId));
      if (known === undefined) throw settlementNotFound();
      const seen = decision.version ?? (await withDatabaseErrors(() => currentVersion(knex, known)));
      if (known.state === 'pending') throw settlementNotReady({ problem: 'it has not been tried to settle it' });
      const at = clock.now();
      const [{ curves, news }] = (await withDatabaseErrors(() => readCharges(knex, sources, [known], at))) as [
        ReadCharge,
      ];
      if (curves.some(({ transaction }) => transaction.status === 'active')) {
        throw settlementNotReady({ problem: 'an EVSE of it still charges' });
      }
      const confirmedAboveMilliWh = confirmedAbove(decision, curves);
      const record = await recordFor(decision, curves, at);
      const isNothing = curves.every(({ readings }) => readings.length === 0);
      if (decision.decision === 'accept' && known.cdr_id === null && (record === null || isNothing)) {
        throw nothingMeasured();
      }
      return withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const ids = curves.length === 0 ? [transactionId] : curves.map(({ transaction }) => transaction.id);
          const rows = await lockCharges(trx, ids);
          const now = rows.find((row) => row.transaction_id === transactionId);
          if (now === undefined || (await currentVersion(trx, now)) !== seen) throw settlementChanged();
          if (!isAsSeen(rows, news)) throw settlementChanged();
          const cdr = await carryOut(dependencies, trx, {
            decision,
            decidedBy,
            confirmedAboveMilliWh,
            record,
            rows,
            curves,
            at,
          });
          return { settlement: await viewOf(trx, scope, transactionId), cdr };
        }),
      );
    },
  };
}

type Decisions = Awaited<ReturnType<typeof listDecisions>>;

function decisionsOf(row: SettlementRow, decisions: Decisions): Decisions {
  return decisions.filter(({ transaction_id }) => transaction_id === row.transaction_id);
}

/** A digest of what people see and decide about. Two decisions may lead to the same state: the last one is in it. */
function versionOf(row: SettlementRow, decisions: Decisions): string {
  const last = decisionsOf(row, decisions).at(-1)?.id ?? null;
  const content = JSON.stringify([row.state, row.reasons, row.cdr_id, last]);
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}

async function currentVersion(db: Knex, row: SettlementRow): Promise<string> {
  return versionOf(row, await listDecisions(db, [row.transaction_id]));
}

function correctedEnergy(decision: ReviewDecision): bigint | null {
  return decision.decision === 'correct' ? (scaleDecimal(String(decision.energyWh), 3) ?? 0n) : null;
}

/**
 * @returns the most that the charge is thought to have had, where more was confirmed
 * @throws FailedPrecondition `settlement.energy_unlikely` for more that was not confirmed
 */
function confirmedAbove(decision: ReviewDecision, curves: readonly ChargingCurve[]): bigint | null {
  if (decision.decision !== 'correct' || curves.length === 0) return null;
  const most = mostEnergyOf(curves);
  if ((correctedEnergy(decision) ?? 0n) <= most.milliWh) return null;
  if (decision.confirmUnlikely === true) return most.milliWh;
  const { energyWh } = decision;
  throw energyUnlikely({ energyWh, mostWh: milliWhToWh(most.milliWh), why: most.why });
}

/** Within the transaction that holds the rows of the charge. @returns the record that counts from now on */
async function carryOut(
  dependencies: SettlementDependencies,
  trx: Knex.Transaction,
  task: {
    readonly decision: ReviewDecision;
    readonly decidedBy: string;
    readonly confirmedAboveMilliWh: bigint | null;
    readonly record: NewCdr | null;
    readonly rows: readonly SettlementRow[];
    readonly curves: readonly ChargingCurve[];
    readonly at: Instant;
  },
): Promise<CdrView | null> {
  const { decision, decidedBy, confirmedAboveMilliWh, record, rows, curves, at } = task;
  const ids = rows.map((row) => row.transaction_id);
  const chargedId = rows.find(({ cdr_id }) => cdr_id !== null)?.cdr_id ?? null;
  const charged = chargedId === null ? undefined : await findCdr(trx, EVERYTHING, chargedId);
  for (const row of rows) {
    await insertDecision(trx, {
      id: uuidv7(),
      transactionId: row.transaction_id,
      decision: decision.decision,
      reasons: row.reasons,
      energyMilliWh: correctedEnergy(decision),
      confirmedAboveMilliWh,
      reason: decision.reason,
      decidedBy,
      decidedAt: at,
    });
  }
  const seen = record === null ? {} : { seen: signatureOf(record) };
  if (decision.decision === 'accept' && charged !== undefined) {
    await setState(trx, ids, 'settled', { at, reasons: [], ...seen });
    return charged;
  }
  const intents = intentsOf(curves);
  if (charged !== undefined) {
    const credit = creditOf(charged, { id: uuidv7(), at, reason: decision.reason });
    await storeDecided(dependencies, trx, credit, 0, intents, at);
  }
  if (record === null) {
    await setState(trx, ids, 'written-off', { at, reasons: [], cdrId: null });
    // What was held for it is nobody's any more but the driver's.
    await dependencies.payments.release(trx, intents, at);
    return null;
  }
  const [first] = ids;
  const generation = first === undefined ? 1 : (await lastGeneration(trx, first)) + 1;
  // Ids tell the order: the new record comes behind the credit.
  const stored = { ...record, id: uuidv7() };
  await storeDecided(dependencies, trx, stored, generation, intents, at);
  await setState(trx, ids, 'settled', { at, reasons: [], cdrId: stored.id, ...seen });
  return { ...stored, creditedByCdrId: null };
}
