import type { ChargingCurve, ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { Clock } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { OutsideCheck } from '../ledger/prove.ts';
import { compareBill } from './compare-bill.ts';
import {
  countNeverCompared,
  isStillSettled,
  listToCompare,
  noteCompared,
  type RecordToCompare,
} from './compared-records-repository.ts';

export interface MeterCheckParts {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly curves: Pick<ChargingCurvesPort, 'readMany'>;
}

export interface MeterCheckLimits {
  /** Charges that are compared in one proof. */
  readonly most: number;
  /** How long one proof goes on to compare. */
  readonly timeMs: number;
}

const LIMITS: MeterCheckLimits = { most: 10_000, timeMs: 180_000 };
/** Records at a time. */
const PIECE = 100;
/** What the port takes at once. */
const MOST_CURVES = 500;

/**
 * Compares records that count with what they were made from, as the stations' domain has it now: the energy that may be billed, and the bill of the
 * station by the tolerance of {@link compareBill}. Where a person has decided about the charge, the decision counts. Records that were never compared come first, then those that it
 * is the longest ago for.
 */
export function createMeterCheck(
  { knex, clock, curves }: MeterCheckParts,
  limits: MeterCheckLimits = LIMITS,
): OutsideCheck {
  async function compare(records: readonly RecordToCompare[]): Promise<string[]> {
    const ids = records.flatMap(({ transactionIds }) => transactionIds);
    const known = new Map<string, ChargingCurve>();
    for (let from = 0; from < ids.length; from += MOST_CURVES) {
      for (const curve of await curves.readMany(ids.slice(from, from + MOST_CURVES)))
        known.set(curve.transaction.id, curve);
    }
    const problems: string[] = [];
    const same: string[] = [];
    for (const record of records) {
      const differences = record.isDecided ? [] : differencesOf(record, known);
      if (differences.length === 0) same.push(record.id);
      // What was told meanwhile is for settlement to look at.
      else if (await withDatabaseErrors(() => isStillSettled(knex, record.id))) problems.push(...differences);
    }
    await withDatabaseErrors(() => noteCompared(knex, same, clock.now()));
    return problems;
  }

  return {
    name: 'cdrs-as-at-meter',
    async ask(limit, signal) {
      const from = clock.now();
      const records = await withDatabaseErrors(() => listToCompare(knex, from, limits.most));
      const problems: string[] = [];
      while (records.length > 0 && problems.length < limit && clock.now() < from + limits.timeMs) {
        signal?.throwIfAborted();
        problems.push(...(await compare(records.splice(0, PIECE))));
      }
      const left = await withDatabaseErrors(() => countNeverCompared(knex));
      const isAllNew = left <= problems.length;
      return {
        problems: problems.slice(0, limit),
        unanswered: isAllNew ? null : `${left} charges were never compared with their meters`,
      };
    },
  };
}

function differencesOf(
  { id, transactionIds, energyWh, currency, dueMinor, flags }: RecordToCompare,
  known: ReadonlyMap<string, ChargingCurve>,
): string[] {
  const missing = transactionIds.filter((each) => !known.has(each));
  if (missing.length > 0) return [`record ${id} is for the charge ${missing[0]}, which the stations do not know`];
  const curves = transactionIds.flatMap((each) => known.get(each) ?? []);
  const found: string[] = [];
  const metered = curves.map(({ transaction }) => transaction.billableEnergyWh);
  const isKnown = metered.every((each) => each !== null);
  const milliWh = metered.reduce<number>((sum, each) => sum + Math.round((each ?? 0) * 1000), 0);
  if (!isKnown || milliWh !== Math.round(energyWh * 1000)) {
    const says = isKnown ? `says ${milliWh / 1000}` : 'does not say what may be billed';
    found.push(`record ${id} is for ${energyWh} Wh, and the meter ${says}`);
  }
  const bill = compareBill(curves, currency, dueMinor);
  if (bill.flags.includes('station-bill-differs') && !flags.includes('station-bill-differs')) {
    found.push(
      `record ${id} comes to ${dueMinor} minor units of ${currency}, and the bill of the station to ${bill.stationBill?.amount}, which it does not tell`,
    );
  }
  return found;
}
