import { type Instant, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { SiteAddress } from '../contract/operator-ports.ts';
import type { ToldState } from '../transactions/curve-activities.ts';
import { type EnergyReadings, energyReadingsFrom, energyReadingsOf } from './energy-readings.ts';
import { preparedQuery, query } from './query.ts';
import { sql } from './sql.ts';
import { isoOf } from './timestamps.ts';

/** Power and current as they were sampled at one time; absent what was not. */
export interface ElectricalReading {
  powerMilliW?: number;
  currentMicroA?: number;
}

/** All that is known of a transaction that its curve is made of. */
export interface CurveFacts extends EnergyReadings {
  readonly intentId: Uuid | null;
  readonly accountRef: string | null;
  readonly currency: string;
  readonly site: { readonly name: string; readonly address: SiteAddress | null };
  readonly reservedFrom: Instant | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly startMilliWh: bigint | null;
  readonly stopMilliWh: bigint | null;
  readonly meteredMilliWh: bigint | null;
  readonly billableMilliWh: bigint | null;
  readonly ratedPowerW: number | null;
  readonly hasBill: boolean;
  /** By the time in epoch milliseconds. */
  readonly electrical: ReadonlyMap<number, ElectricalReading>;
  /** In order of time. */
  readonly states: readonly ToldState[];
}

/** Times have whole milliseconds, which a float holds; `extract` would count in decimals, which is slow. */
const EPOCH_MS = (at: string): string => `(date_part('epoch', ${at}) * 1000)::bigint`;

/**
 * Power and current of the whole outlet, or of its phases, as one text: `epoch ms`, a letter, value in mW or µA. The letter is that of
 * {@link LETTERS}.
 */
const ELECTRICAL = `select string_agg(${EPOCH_MS('coalesce(s.effective_at, s.occurred_at)')} || k.letter || trunc(s.value * k.scale), ',')
    from (
      select id,
        case measurand when 'Power.Active.Import' then case left(phase, 2) when 'L1' then 'p' when 'L2' then 'q' when 'L3' then 'r' else 'P' end
          else case left(phase, 2) when 'L1' then 'a' when 'L2' then 'b' when 'L3' then 'c' else 'A' end end as letter,
        case measurand when 'Power.Active.Import' then 1000 else 1000000 end as scale
      from csms.sample_kinds
      where (measurand, unit) in (('Power.Active.Import', 'W'), ('Current.Import', 'A'))
        and (phase is null or phase in ('L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N'))
        and (location is null or location = 'Outlet') and (format is null or format = 'Raw')
      offset 0) k
    join csms.samples s on s.kind_id = k.id
    where s.owner_id = t.id and s.partition_at = t.partition_at and s.value between 0 and 1000000000`;

/**
 * How the charge was, `epoch ms:state,…`, in order: by the station's reports about the transaction where they say so, otherwise by the statuses of
 * its connector, of whose finer words four are states of a charge.
 */
const STATES = `select coalesce(
    (select string_agg(${EPOCH_MS('e.effective_at')} || ':' || e.charging_state, ',' order by e.effective_at, e.number)
      from csms.transaction_events e
      where e.transaction_id = t.id and e.partition_at = t.partition_at and e.charging_state is not null),
    (select string_agg(${EPOCH_MS('o.effective_at')} || ':' || case o.status_detail when 'Finishing' then 'EVConnected' else o.status_detail end, ','
        order by o.effective_at, o.id)
      from csms.connectors c
      cross join lateral (
        select o.effective_at, o.id, o.status_detail from csms.connector_statuses o
        where o.station_id = t.station_id and o.evse_id = t.evse_id and o.connector_id = c.connector_id
          and o.effective_at >= t.started_at and o.effective_at < coalesce(t.ended_at, 'infinity')
          and o.status_detail in ('Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing') offset 0) o
      where c.station_id = t.station_id and c.evse_id = t.evse_id and c.connector_id = coalesce(t.connector_id, c.connector_id))
  ) as states`;

/** What the curves of transactions are made of, by the transaction; of those that there are. */
export async function findCurveFacts(
  db: Knex,
  transactionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, CurveFacts>> {
  const rows = await preparedQuery<CurveRow>(
    db,
    'charging-curve-facts',
    sql(
      `select t.id, t.intent_id, t.started_at, t.ended_at, t.meter_start_mwh, t.meter_stop_mwh, t.metered_mwh, t.billable_mwh, t.rated_power_w,
        t.has_bill, i.currency, i.name as site_name, i.address as site_address, coalesce(n.account_ref, k.account_ref) as account_ref,
        (select min(r.created_at) from csms.reservations r where r.transaction_id = t.id) as reserved_from,
        (${energyReadingsOf('t')}) as registers, (${ELECTRICAL}) as electrical, (${STATES}) as states
      from csms.transactions t
      join csms.sites i on i.id = t.site_id
      left join csms.start_intents n on n.id = t.intent_id
      left join csms.id_tokens k on k.organization_id = t.organization_id and k.value = t.id_token
      where t.id = any(?::uuid[])`,
      [...transactionIds],
    ),
  );
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}

/** Start intents that became transactions. */
export function findChargesOfIntents(
  db: Knex,
  intentIds: readonly Uuid[],
): Promise<{ readonly id: Uuid; readonly transaction_id: Uuid }[]> {
  return query(
    db,
    sql('select id, transaction_id from csms.start_intents where id = any(?::uuid[]) and transaction_id is not null', [
      ...intentIds,
    ]),
  );
}

/** Transactions of a group, by the station's identity, the first to start first. */
export function findParallel(db: Knex, stationIdentity: string, parallelGroup: string): Promise<{ id: Uuid }[]> {
  return query(
    db,
    sql(
      `select t.id from csms.transactions t join csms.stations s on s.id = t.station_id
       where t.parallel_group = ? and s.identity = ? order by t.started_at, t.id`,
      parallelGroup,
      stationIdentity,
    ),
  );
}

/** Transactions that ended at or after `from` and before `to`, in the order of their ids, after the given one. */
export function findEnded(
  db: Knex,
  from: Instant,
  to: Instant,
  after: Uuid | null,
  count: number,
): Promise<{ id: Uuid }[]> {
  return query(
    db,
    sql(
      `select t.id from csms.transactions t
       where t.ended_at >= ?::timestamptz and t.ended_at < ?::timestamptz and t.id > coalesce(?::uuid, '00000000-0000-0000-0000-000000000000')
       order by t.id limit ?`,
      isoOf(new Date(from)),
      isoOf(new Date(to)),
      after,
      count,
    ),
  );
}

interface CurveRow {
  readonly id: Uuid;
  readonly intent_id: Uuid | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly meter_start_mwh: string | null;
  readonly meter_stop_mwh: string | null;
  readonly metered_mwh: string | null;
  readonly billable_mwh: string | null;
  readonly rated_power_w: string | null;
  readonly has_bill: boolean;
  readonly currency: string;
  readonly site_name: string;
  readonly site_address: SiteAddress | null;
  readonly account_ref: string | null;
  readonly reserved_from: Date | null;
  readonly registers: string | null;
  readonly electrical: string | null;
  readonly states: string | null;
}

function fromRow(row: CurveRow): CurveFacts {
  return {
    intentId: row.intent_id,
    accountRef: row.account_ref,
    currency: row.currency,
    site: { name: row.site_name, address: row.site_address },
    reservedFrom: toInstant(row.reserved_from),
    startedAt: instant(row.started_at.getTime()),
    endedAt: toInstant(row.ended_at),
    startMilliWh: toBigInt(row.meter_start_mwh),
    stopMilliWh: toBigInt(row.meter_stop_mwh),
    meteredMilliWh: toBigInt(row.metered_mwh),
    billableMilliWh: toBigInt(row.billable_mwh),
    ratedPowerW: row.rated_power_w === null ? null : Number(row.rated_power_w),
    hasBill: row.has_bill,
    ...energyReadingsFrom(row.registers),
    electrical: electricalFrom(row.electrical),
    states: (row.states?.split(',') ?? []).map((told) => {
      const colon = told.indexOf(':');
      return { at: instant(Number(told.slice(0, colon))), state: told.slice(colon + 1) };
    }),
  };
}

/** Of each letter: what it measures, and whether it is a phase. */
const LETTERS: Readonly<Record<string, readonly [keyof ElectricalReading, isPhase: boolean]>> = {
  P: ['powerMilliW', false],
  p: ['powerMilliW', true],
  q: ['powerMilliW', true],
  r: ['powerMilliW', true],
  A: ['currentMicroA', false],
  a: ['currentMicroA', true],
  b: ['currentMicroA', true],
  c: ['currentMicroA', true],
};

/** The whole where it was told, otherwise the sum of the phases. A phase that was told twice at one time counts once, by its higher value. */
function electricalFrom(text: string | null): ReadonlyMap<number, ElectricalReading> {
  const told = new Map<number, Map<string, number>>();
  for (const reading of text?.split(',') ?? []) {
    const place = reading.search(/[A-z]/);
    const at = Number(reading.slice(0, place));
    const letter = reading.charAt(place);
    const value = Number(reading.slice(place + 1));
    let values = told.get(at);
    if (values === undefined) {
      values = new Map();
      told.set(at, values);
    }
    values.set(letter, Math.max(value, values.get(letter) ?? 0));
  }
  const readings = new Map<number, ElectricalReading>();
  for (const [at, values] of told) {
    const reading: ElectricalReading = {};
    for (const [letter, value] of values) {
      const [name, isPhase] = LETTERS[letter] as (typeof LETTERS)[string];
      if (!isPhase) reading[name] = value;
      else if (!values.has(name === 'powerMilliW' ? 'P' : 'A')) reading[name] = (reading[name] ?? 0) + value;
    }
    readings.set(at, reading);
  }
  return readings;
}

function toInstant(value: Date | null): Instant | null {
  return value === null ? null : instant(value.getTime());
}

function toBigInt(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}
