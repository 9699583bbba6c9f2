import { instant } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ChargingCurvesPort } from '../contract/charging-curves-port.ts';
import {
  findChargesOfIntents,
  findCurveFacts,
  findEnded,
  findParallel,
} from '../persistence/charging-curves-repository.ts';
import { listBills } from '../persistence/station-bills-repository.ts';
import { findTransaction } from '../persistence/transactions-repository.ts';
import { curveActivities } from './curve-activities.ts';
import { curveReadings } from './curve-readings.ts';

/** Curves for the service that bills. All that makes up one is read as it was at one moment. */
export function createChargingCurves(db: Knex): ChargingCurvesPort {
  return {
    async read(transactionId) {
      if (!isUuid(transactionId)) return null;
      const found = await withDatabaseErrors(() =>
        db.transaction(
          async (trx) => {
            const facts = await findCurveFacts(trx, transactionId);
            const transaction = await findTransaction(trx, EVERYTHING, transactionId);
            if (facts === undefined || transaction === undefined) return undefined;
            const [bill] = facts.hasBill ? await listBills(trx, transactionId, 0, 1) : [];
            return { facts, transaction, stationBill: bill?.view ?? null };
          },
          { isolationLevel: 'repeatable read', readOnly: true },
        ),
      );
      if (found === undefined) return null;
      const { facts, transaction, stationBill } = found;
      const { intentId, accountRef, currency, reservedFrom } = facts;
      const readings = curveReadings({ ...facts, samples: facts.registers });
      const firstEnergyAt = readings.find(({ milliWh }) => milliWh > 0n)?.at;
      return {
        transaction,
        intentId,
        accountRef,
        currency,
        reservedFrom,
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
    },

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
