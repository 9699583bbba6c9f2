import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { CostReport } from '../contract/costs-port.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';
import { isoOf } from './timestamps.ts';

/** A cost that was kept, and what is needed to tell and to show it. */
export interface KeptCost {
  readonly report: CostReport;
  /** Whether anything but the time is another than before. */
  readonly hasChanged: boolean;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly station: StationKey;
  readonly stationIdentity: string;
  readonly capabilities: readonly string[];
  /** Of the connection that is open; null without one. */
  readonly openEpoch: Epoch | null;
  readonly evseId: number | null;
  /** As it is stored. */
  readonly stationTransactionId: string;
  readonly displayIdToken: string | null;
  readonly meterStartMilliWh: bigint | null;
  /** By the status of the connector. */
  readonly chargingState: string | null;
  /** What the station has told of the variables that were asked for, by their keys. */
  readonly variables: ReadonlyMap<string, string>;
}

interface KeptRow {
  readonly transaction_id: Uuid;
  readonly has_changed: boolean;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly station_id: StationKey;
  readonly identity: string;
  readonly capabilities: readonly string[];
  readonly epoch: string | null;
  readonly evse_id: number | null;
  readonly station_transaction_id: string;
  readonly display_id_token: string | null;
  readonly meter_start_mwh: string | null;
  readonly charging_state: string | null;
  readonly variables: Readonly<Record<string, string>> | null;
}

const IS_OTHER = `(c.amount, c.currency, c.remaining_amount, c.remaining_currency, c.is_final) is distinct from
  (excluded.amount, excluded.currency, excluded.remaining_amount, excluded.remaining_currency, excluded.is_final)`;

/**
 * Keeps what charges cost, unless a later report is known. A final one is later than any other, whatever its time: a running charge may have
 * been priced beyond an end that was told late.
 *
 * @param reports one of a transaction, in the order of their ids
 * @param keys of variables of the stations that the caller wants to know
 * @returns what was kept: not where there is no such transaction, or where the report says nothing new
 */
export async function keepCosts(
  db: Knex,
  reports: readonly CostReport[],
  keys: readonly string[],
): Promise<KeptCost[]> {
  const rows = await query<KeptRow>(
    db,
    sql(
      `with kept as (
         insert into csms.transaction_costs as c (transaction_id, amount, currency, remaining_amount, remaining_currency, energy_wh, as_of,
           changed_as_of, is_final)
         select t.id, x.amount, x.currency, x.remaining_amount, x.remaining_currency, x.energy_wh, x.as_of, x.as_of, x.is_final
         from unnest(?::uuid[], ?::numeric[], ?::text[], ?::numeric[], ?::text[], ?::numeric[], ?::timestamptz[], ?::boolean[])
           as x (transaction_id, amount, currency, remaining_amount, remaining_currency, energy_wh, as_of, is_final)
         join csms.transactions t on t.id = x.transaction_id
         order by t.id
         on conflict (transaction_id) do update
           set amount = excluded.amount, currency = excluded.currency, remaining_amount = excluded.remaining_amount,
             remaining_currency = excluded.remaining_currency, energy_wh = excluded.energy_wh, as_of = excluded.as_of,
             changed_as_of = case when ${IS_OTHER} then excluded.as_of else c.changed_as_of end, is_final = excluded.is_final
           where (excluded.is_final, excluded.as_of) >= (c.is_final, c.as_of) and (${IS_OTHER} or excluded.as_of <> c.as_of)
         returning c.transaction_id, c.changed_as_of = c.as_of as has_changed
       )
       select kept.transaction_id, kept.has_changed, t.organization_id, t.site_id, t.station_id, s.identity, s.capabilities,
         case when n.disconnected_at is null then n.epoch end as epoch, t.evse_id, t.station_transaction_id, t.display_id_token,
         t.meter_start_mwh, t.charging_state,
         (select jsonb_object_agg(v.name_key, a.value) from csms.device_variables v
           join csms.device_attributes a on a.variable_id = v.id and a.type = 'Actual' and a.value is not null
           where v.station_id = t.station_id and v.name_key = any(?::text[]) and v.gone_at is null) as variables
       from kept
       join csms.transactions t on t.id = kept.transaction_id
       join csms.stations s on s.id = t.station_id
       left join csms.connections n on n.station_id = s.id`,
      reports.map(({ transactionId }) => transactionId),
      reports.map(({ cost }) => cost.amount),
      reports.map(({ cost }) => cost.currency),
      reports.map(({ remaining }) => remaining?.amount ?? null),
      reports.map(({ remaining }) => remaining?.currency ?? null),
      reports.map(({ energyWh }) => String(energyWh)),
      reports.map(({ asOf }) => isoOf(new Date(asOf))),
      reports.map(({ isFinal }) => isFinal),
      [...keys],
    ),
  );
  const byId = new Map(reports.map((report) => [report.transactionId, report]));
  return rows.flatMap((row) => {
    const report = byId.get(row.transaction_id);
    return report === undefined ? [] : [fromRow(row, report)];
  });
}

/** What a charge costs that is settled; undefined before. */
export async function findFinalCost(db: Knex, transactionId: Uuid): Promise<CostReport['cost'] | undefined> {
  const [row] = await query<CostReport['cost']>(
    db,
    sql(
      'select c.amount, c.currency from csms.transaction_costs c where c.transaction_id = ?::uuid and c.is_final',
      transactionId,
    ),
  );
  return row;
}

function fromRow(row: KeptRow, report: CostReport): KeptCost {
  return {
    report,
    hasChanged: row.has_changed,
    organizationId: row.organization_id,
    siteId: row.site_id,
    station: row.station_id,
    stationIdentity: row.identity,
    capabilities: row.capabilities,
    openEpoch: row.epoch === null ? null : Number(row.epoch),
    evseId: row.evse_id,
    stationTransactionId: row.station_transaction_id,
    displayIdToken: row.display_id_token,
    meterStartMilliWh: row.meter_start_mwh === null ? null : BigInt(row.meter_start_mwh),
    chargingState: row.charging_state,
    variables: new Map(Object.entries(row.variables ?? {})),
  };
}
