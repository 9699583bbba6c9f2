import type { Uuid } from '@voltpile/kernel/ids';
import { milliWhToWh } from '@voltpile/kernel/units';
import type { Knex } from 'knex';
import type { StationBillView } from '../contract/operator-ports.ts';
import type { StationBill } from '../contract/station-port.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';
import { isoOf } from './timestamps.ts';

interface BillRow {
  readonly position: number;
  readonly received_at: Date;
  readonly energy_mwh: string;
  readonly loss_adjusted_mwh: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly periods: StationBill['periods'];
  readonly details: StationBill['details'];
}

/** The bills that a station made for one transaction, in the order of their arrival, after the given position. The caller has checked the scope. */
export async function listBills(
  db: Knex,
  transactionId: Uuid,
  after: number,
  count: number,
): Promise<{ view: StationBillView; position: number }[]> {
  const rows = await query<BillRow>(
    db,
    sql(
      `select position, received_at, energy_mwh, loss_adjusted_mwh, amount, currency, periods, details
       from csms.station_bills where transaction_id = ?::uuid and position > ?::int order by position limit ?`,
      transactionId,
      after,
      count,
    ),
  );
  return rows.map((row) => ({ view: fromRow(row), position: row.position }));
}

function fromRow(row: BillRow): StationBillView {
  return {
    receivedAt: isoOf(row.received_at),
    energyWh: milliWhToWh(BigInt(row.energy_mwh)),
    lossAdjustedEnergyWh: row.loss_adjusted_mwh === null ? null : milliWhToWh(BigInt(row.loss_adjusted_mwh)),
    amount: { amount: row.amount, currency: row.currency },
    periods: row.periods.map((period) => ({
      name: period.name,
      pricePerKwh: period.pricePerKwh,
      energyWh: milliWhToWh(BigInt(period.energyMilliWh)),
      lossAdjustedEnergyWh:
        period.lossAdjustedMilliWh === null ? null : milliWhToWh(BigInt(period.lossAdjustedMilliWh)),
      amount: period.amount,
    })),
    details: row.details,
    ...(row.position > 1 ? { conflicting: true as const } : {}),
  };
}
