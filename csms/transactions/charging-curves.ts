import { instant } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { ChargingCurve, ChargingCurvesPort } from '../contract/charging-curves-port.ts';
import type { StationBillView, TransactionView } from '../contract/operator-ports.ts';
import {
  type CurveFacts,
  findChargesOfIntents,
  findCurveFacts,
  findEnded,
  findParallel,
} from '../persistence/charging-curves-repository.ts';
import { listBills } from '../persistence/station-bills-repository.ts';
import { findTransactions } from '../persistence/transactions-repository.ts';
import { curveActivities } from './curve-activities.ts';
import { curveReadings } from './curve-readings.ts';

/** Curves for the service that bills. All that makes up one is read as it was at one moment. */
export function createChargingCurves(db: Knex): ChargingCurvesPort {
  return {
    async read(transactionId) {
      const [curve] = await readMany(db, [transactionId]);
      return curve ?? null;
    },

    readMany: (transactionIds) => readMany(db, transactionIds),

    async group(stationId, parallelGroup) {
      const rows = await withDatabaseErrors(() => findParallel(db, stationId, parallelGroup));
      return rows.map(({ id }) => id);
    },

    async ofIntents(intentIds) {
      const rows = await withDatabaseErrors(() => findChargesOfIntents(db, intentIds.filter(isUuid)));
      return rows.map((row) => ({ intentId: row.id, transactionId: row.transaction_id }));
    },

    async ended(from, to, after, limit) {
      const rows = await withDatabaseErrors(() => findEnded(db, from, to, after, limit));
      return rows.map(({ id }) => id);
    },
  };
}

/** A page of charges. */
const MOST_CURVES = 500;

async function readMany(db: Knex, transactionIds: readonly Uuid[]): Promise<ChargingCurve[]> {
  const ids = [...new Set(transactionIds.filter(isUuid))].slice(0, MOST_CURVES);
  if (ids.length === 0) return [];
  return withDatabaseErrors(() =>
    db.transaction(
      async (trx) => {
        const facts = await findCurveFacts(trx, ids);
        const transactions = await findTransactions(trx, ids);
        const curves: ChargingCurve[] = [];
        for (const id of ids) {
          const [known, transaction] = [facts.get(id), transactions.get(id)];
          if (known === undefined || transaction === undefined) continue;
          const [bill] = known.hasBill ? await listBills(trx, id, 0, 1) : [];
          curves.push(curveOf(known, transaction, bill?.view ?? null));
        }
        return curves;
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    ),
  );
}

function curveOf(facts: CurveFacts, transaction: TransactionView, stationBill: StationBillView | null): ChargingCurve {
  const { intentId, accountRef, currency, site, reservedFrom, ratedPowerW } = facts;
  const readings = curveReadings({ ...facts, samples: facts.registers });
  const firstEnergyAt = readings.find(({ milliWh }) => milliWh > 0n)?.at;
  return {
    transaction,
    intentId,
    accountRef,
    currency,
    site,
    reservedFrom,
    ratedPowerW,
    readings: readings.map(({ at, milliWh }) => ({
      at: instant(at),
      energyMilliWh: Number(milliWh),
      ...facts.electrical.get(at),
    })),
    activities: curveActivities(
      facts.states,
      firstEnergyAt === undefined ? null : instant(firstEnergyAt),
      facts.endedAt,
    ),
    stationBill,
  };
}
