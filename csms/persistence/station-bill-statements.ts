import type { BillFacts, NewBill } from '../transactions/decision-book.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { integerArray, timeArray, uuidArray } from './binary-array.ts';
import { storableJson } from './storable-text.ts';

/** The bill of each transaction that came first, and how many were kept. */
export const FIND_BILLS: Statement = {
  name: 'station-bills-find',
  text: `select b.*, n.count from unnest($1::uuid[]) as x (id)
    cross join lateral (
      select * from csms.station_bills b where b.transaction_id = x.id order by b.position limit 1) b
    cross join lateral (
      select max(position) as count from csms.station_bills c where c.transaction_id = x.id) n`,
};

const INSERT: Statement = {
  name: 'station-bills-insert',
  text: `insert into csms.station_bills (transaction_id, position, digest, station_id, organization_id, site_id, received_at, energy_mwh,
      loss_adjusted_mwh, amount, currency, periods, details)
    select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::bigint[],
      $9::bigint[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[])
    on conflict do nothing`,
};

/** Keeps bills; what is there already stays as it is. To be run after their transactions are stored. */
export function insertBills(bills: readonly NewBill[]): BatchQuery {
  return {
    statement: INSERT,
    values: [
      uuidArray(bills.map(({ transaction }) => transaction.id)),
      integerArray(bills.map(({ position }) => position)),
      uuidArray(bills.map(({ digest }) => digest)),
      uuidArray(bills.map(({ transaction }) => transaction.stationId)),
      uuidArray(bills.map(({ transaction }) => transaction.organizationId)),
      uuidArray(bills.map(({ transaction }) => transaction.siteId)),
      timeArray(bills.map(({ receivedAt }) => receivedAt)),
      plainArray(bills.map(({ bill }) => bill.energyMilliWh)),
      plainArray(bills.map(({ bill }) => bill.lossAdjustedMilliWh)),
      textArray(bills.map(({ bill }) => bill.amount)),
      textArray(bills.map(({ bill }) => bill.currency)),
      textArray(bills.map(({ bill }) => storableJson(bill.periods))),
      textArray(bills.map(({ bill }) => storableJson(bill.details))),
    ],
  };
}

// biome-ignore lint/suspicious/noExplicitAny: rows come untyped from the driver
export function billFromRow(row: any): BillFacts {
  return {
    bill: {
      energyMilliWh: Number(row.energy_mwh),
      lossAdjustedMilliWh: row.loss_adjusted_mwh === null ? null : Number(row.loss_adjusted_mwh),
      amount: row.amount,
      currency: row.currency,
      periods: row.periods,
      details: row.details,
    },
    digest: row.digest,
    count: row.count,
  };
}
