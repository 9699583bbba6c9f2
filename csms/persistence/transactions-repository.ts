import type { Uuid } from '@voltpile/kernel/ids';
import { milliWhToWh, scaleDecimal } from '@voltpile/kernel/units';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { MeterValueView, TransactionEventView, TransactionView } from '../contract/operator-ports.ts';
import { givenName } from '../transactions/transaction-event.ts';
import { IS_BILLING_REGISTER_KIND, IS_SESSION_ENERGY_KIND } from './billing-register.ts';
import { preparedQuery, query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, type Sql, sql } from './sql.ts';
import { isoOf, isoOrNull } from './timestamps.ts';

const SCOPE = { organization: 't.organization_id', site: 't.site_id' };

/**
 * The newest register sample of a running transaction stands in for the end that is not there yet; the first for a missing start. Where no
 * register is sampled, the newest reading of the energy since the start tells it.
 */
const SELECT = `select t.*, s.identity, live.value as live_wh, session.value as session_wh, coalesce(course.charging_state, t.charging_state) as charging_state,
    cost.amount as cost_amount, cost.currency as cost_currency, cost.as_of as cost_as_of, cost.is_final as cost_is_final,
    cost.remaining_amount, cost.remaining_currency,
    case when t.status = 'active' and t.meter_start_mwh is null then (
      select m.value from csms.samples m
      join csms.sample_kinds k on k.id = m.kind_id
      where m.owner_id = t.id and m.value is not null and ${IS_BILLING_REGISTER_KIND}
      order by m.occurred_at limit 1) end as first_wh
  from csms.transactions t
  join csms.stations s on s.id = t.station_id
  left join csms.transaction_costs cost on cost.transaction_id = t.id
  left join lateral (
    select m.value from csms.samples m
    join csms.sample_kinds k on k.id = m.kind_id
    where t.status = 'active' and m.owner_id = t.id and m.value is not null
      and ${IS_BILLING_REGISTER_KIND}
    order by m.occurred_at desc limit 1
  ) live on true
  left join lateral (
    select m.value from csms.samples m
    join csms.sample_kinds k on k.id = m.kind_id
    where t.status = 'active' and live.value is null and m.owner_id = t.id and m.value is not null
      and ${IS_SESSION_ENERGY_KIND}
    order by m.occurred_at desc limit 1
  ) session on true
  -- what the station's reports say, by the time of what they tell, not of their arrival
  left join lateral (
    select e.charging_state from csms.transaction_events e
    where e.transaction_id = t.id and e.partition_at = t.partition_at and e.charging_state is not null
    order by e.effective_at desc, e.number desc limit 1
  ) course on true`;

export interface TransactionFilter {
  readonly stationIdentity?: string | undefined;
  readonly siteId?: Uuid | undefined;
  readonly status?: 'active' | 'ended' | undefined;
  /** Folded. */
  readonly idToken?: string | undefined;
  readonly parallelGroup?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Newest first, before the given id. */
export async function listTransactions(
  db: Knex,
  scope: AccessScope,
  filter: TransactionFilter,
  before: Uuid | null,
  count: number,
): Promise<TransactionView[]> {
  const where = allOf([
    scopeSql(scope, SCOPE),
    when(filter.stationIdentity, (identity) => sql('s.identity = ?', identity)),
    when(filter.siteId, (siteId) => sql('t.site_id = ?::uuid', siteId)),
    when(filter.status, (status) => sql('t.status = ?', status)),
    when(filter.idToken, (idToken) => sql('t.id_token = ?', idToken)),
    when(filter.parallelGroup, (group) => sql('t.parallel_group = ?', group)),
    when(filter.from, (from) => sql('t.started_at >= ?::timestamptz', isoOf(from))),
    when(filter.to, (to) => sql('t.started_at < ?::timestamptz', isoOf(to))),
    before === null ? undefined : sql('t.id < ?::uuid', before),
  ]);
  const rows = await query<TransactionRow>(
    db,
    sql(`${SELECT} where ${where.text} order by t.id desc limit ?`, ...where.values, count),
  );
  return rows.map(fromRow);
}

export async function findTransaction(db: Knex, scope: AccessScope, id: Uuid): Promise<TransactionView | undefined> {
  const where = allOf([scopeSql(scope, SCOPE), sql('t.id = ?::uuid', id)]);
  const statement = sql(`${SELECT} where ${where.text}`, ...where.values);
  const [row] = await preparedQuery<TransactionRow>(db, `find-transaction-${scope.kind}`, statement);
  return row === undefined ? undefined : fromRow(row);
}

/** Several transactions, whoever may see them: those that there are, by their ids. */
export async function findTransactions(db: Knex, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, TransactionView>> {
  const statement = sql(`${SELECT} where t.id = any(?::uuid[])`, [...ids]);
  const rows = await preparedQuery<TransactionRow>(db, 'find-transactions', statement);
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}

/** Position of a report in a transaction's list. */
export interface EventPosition {
  readonly number: number;
  readonly digest: string;
}

/** What the station has reported about one transaction, in the order of its numbers. The caller has checked the scope. */
export async function listTransactionEvents(
  db: Knex,
  transactionId: Uuid,
  after: EventPosition | null,
  count: number,
): Promise<{ view: TransactionEventView; position: EventPosition }[]> {
  const where = allOf([
    sql('e.transaction_id = ?::uuid', transactionId),
    after === null ? undefined : sql('(e.number, e.digest) > (?::int, ?::uuid)', after.number, after.digest),
  ]);
  const rows = await query<EventRow>(
    db,
    sql(
      `select e.number, e.digest, e.type, e.trigger, e.charging_state, e.offline, e.effective_at, e.received_at
       from csms.transaction_events e
       join csms.transactions t on t.id = e.transaction_id and t.partition_at = e.partition_at
       where ${where.text} order by e.number, e.digest limit ?`,
      ...where.values,
      count,
    ),
  );
  return rows.map((row) => ({
    view: {
      number: row.number,
      type: row.type,
      trigger: row.trigger,
      chargingState: row.charging_state,
      offline: row.offline,
      timestamp: isoOf(row.effective_at),
      receivedAt: isoOf(row.received_at),
    },
    position: { number: row.number, digest: row.digest },
  }));
}

/** Position of a value in a transaction's list: time, kind, ordinal, and of values that contradict the sample their id. */
export interface SamplePosition {
  readonly occurredAt: string;
  readonly kindId: number;
  readonly ordinal: number;
  /** {@link FIRST_VALUE} for the value that came first. */
  readonly conflict: string;
}

/** Sorts before every id. */
export const FIRST_VALUE = '00000000-0000-0000-0000-000000000000';

/**
 * Values of one transaction in order of time, after the given position; where a sample was reported with several values, all of them. The
 * caller has checked the scope.
 */
export async function listSamples(
  db: Knex,
  transactionId: Uuid,
  filter: { readonly measurand?: string | undefined },
  after: SamplePosition | null,
  count: number,
): Promise<{ view: MeterValueView; position: SamplePosition }[]> {
  const ofMeasurand = when(filter.measurand, (measurand) => sql('k.measurand = ?', measurand));
  const key = after === null ? [] : [after.occurredAt, after.kindId, after.ordinal];
  const first = allOf([
    sql('m.owner_id = ?::uuid', transactionId),
    ofMeasurand,
    after === null
      ? undefined
      : sql('(m.occurred_at, m.kind_id, m.ordinal) > (?::timestamptz, ?::int, ?::smallint)', ...key),
  ]);
  const others = allOf([
    sql('m.owner_id = ?::uuid', transactionId),
    ofMeasurand,
    after === null
      ? undefined
      : sql(
          '(m.occurred_at, m.kind_id, m.ordinal, m.id) > (?::timestamptz, ?::int, ?::smallint, ?::uuid)',
          ...key,
          after.conflict,
        ),
  ]);
  const columns = `m.occurred_at, m.effective_at, m.kind_id, m.ordinal, m.value::text, m.text_value, k.measurand, k.phase, k.location,
         k.context, k.format, k.unit`;
  const rows = await query<SampleRow>(
    db,
    sql(
      `(select ${columns}, '${FIRST_VALUE}'::uuid as conflict, exists (select 1 from csms.sample_conflicts c where c.owner_id = m.owner_id
           and c.occurred_at = m.occurred_at and c.kind_id = m.kind_id and c.ordinal = m.ordinal) as is_conflicting
         from csms.samples m join csms.sample_kinds k on k.id = m.kind_id
         where ${first.text} order by m.occurred_at, m.kind_id, m.ordinal limit ?)
       union all
       (select ${columns}, m.id, true
         from csms.sample_conflicts m join csms.sample_kinds k on k.id = m.kind_id
         where ${others.text} order by m.occurred_at, m.kind_id, m.ordinal, m.id limit ?)
       order by occurred_at, kind_id, ordinal, conflict limit ?`,
      ...first.values,
      count,
      ...others.values,
      count,
      count,
    ),
  );
  return rows.map((row) => ({
    view: {
      timestamp: isoOf(row.effective_at ?? row.occurred_at),
      measurand: row.measurand,
      phase: row.phase,
      location: row.location,
      context: row.context,
      format: row.format,
      value: row.value === null ? (row.text_value ?? '') : exactNumber(row.value),
      unit: row.unit,
      ...(row.is_conflicting ? { conflicting: true as const } : {}),
    },
    position: {
      occurredAt: isoOf(row.occurred_at),
      kindId: row.kind_id,
      ordinal: row.ordinal,
      conflict: row.conflict,
    },
  }));
}

/** A running transaction, as the decision that closes it names it. */
export interface RunningTransaction {
  readonly stationId: string;
  readonly transactionId: string;
}

/** Every start that a station reported has a key: saying so lets the index of running transactions answer, which is small. */
const IS_RUNNING = `t.status = 'active' and t.start_key is not null`;

/** All that runs at a station, also at one that was removed. */
export async function findRunning(db: Knex, stationId: string): Promise<RunningTransaction[]> {
  return query(
    db,
    sql(
      `select t.station_id as "stationId", t.id as "transactionId" from csms.transactions t
       where t.station_id = ?::uuid and ${IS_RUNNING} order by t.id`,
      stationId,
    ),
  );
}

/**
 * Running transactions whose end must have been lost: their connector has been free since `freeSince` at the latest, or their station has
 * booted, not after `bootedUntil`, and has not said a word about them since, or it was removed before `freeSince`. What a station says
 * about a transaction is looked for among the raw messages, because a repeated sample and a start that comes late are a word, too.
 */
export async function findStale(
  db: Knex,
  times: { readonly freeSince: Date; readonly bootedUntil: Date },
  count: number,
): Promise<RunningTransaction[]> {
  const freeSince = isoOf(times.freeSince);
  return query(
    db,
    sql(
      `select station_id as "stationId", id as "transactionId" from (
         select t.station_id, t.id from csms.transactions t
         join csms.connectors c on c.station_id = t.station_id and c.evse_id = t.evse_id
           and c.connector_id = coalesce(t.connector_id, c.connector_id)
         where ${IS_RUNNING} and c.status = 'Available' and c.status_at > t.started_at and c.status_at < ?::timestamptz
           and not exists (select 1 from csms.samples m where m.owner_id = t.id and m.received_at >= ?::timestamptz)
         union
         select t.station_id, t.id from csms.transactions t
         join csms.stations s on s.id = t.station_id
         where ${IS_RUNNING} and s.last_boot_at > t.started_at and s.last_boot_at <= ?::timestamptz
           -- offset 0: a look-up for each that is left, never the whole table at once
           and not exists (select 1 from csms.raw_messages r
             where r.station_id = t.station_id and r.received_at >= s.last_boot_at and r.transaction_id = t.id offset 0)
         union
         select t.station_id, t.id from csms.transactions t
         join csms.stations s on s.id = t.station_id
         where ${IS_RUNNING} and s.removed_at < ?::timestamptz
       ) stale order by id limit ?`,
      freeSince,
      freeSince,
      isoOf(times.bootedUntil),
      freeSince,
      count,
    ),
  );
}

/** Closes start intents whose time is over. */
export async function expireIntents(db: Knex, now: Date): Promise<void> {
  await query(
    db,
    sql(
      `update csms.start_intents set status = 'expired' where status = 'pending' and expires_at < ?::timestamptz`,
      isoOf(now),
    ),
  );
}

/** The decimal as a number when that is exact, otherwise as it is. */
function exactNumber(decimal: string): number | string {
  const number = Number(decimal);
  return digits(String(number)) === digits(decimal) ? number : decimal;
}

function digits(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

function when<T>(value: T | undefined, make: (value: T) => Sql): Sql | undefined {
  return value === undefined ? undefined : make(value);
}

interface EventRow {
  readonly number: number;
  readonly digest: string;
  readonly type: 'started' | 'updated' | 'ended';
  readonly trigger: string | null;
  readonly charging_state: string | null;
  readonly offline: boolean | null;
  readonly effective_at: Date;
  readonly received_at: Date;
}

interface SampleRow {
  readonly occurred_at: Date;
  readonly effective_at: Date | null;
  readonly kind_id: number;
  readonly ordinal: number;
  readonly value: string | null;
  readonly text_value: string | null;
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string | null;
  readonly context: string | null;
  readonly format: string | null;
  readonly unit: string | null;
  readonly conflict: string;
  readonly is_conflicting: boolean;
}

interface TransactionRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly time_zone: string;
  readonly identity: string;
  readonly evse_id: number | null;
  readonly connector_id: number | null;
  readonly station_transaction_id: string;
  readonly display_id_token: string | null;
  readonly authorization_status: string | null;
  readonly status: 'active' | 'ended';
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly plugged_in_at: Date | null;
  readonly authorized_at: Date | null;
  readonly energy_started_at: Date | null;
  readonly energy_ended_at: Date | null;
  readonly unplugged_at: Date | null;
  readonly charging_state: string | null;
  readonly meter_start_mwh: string | null;
  readonly meter_stop_mwh: string | null;
  readonly metered_mwh: string | null;
  readonly billable_mwh: string | null;
  readonly stop_reason: string | null;
  readonly flags: readonly string[];
  readonly holds: readonly string[];
  readonly parallel_group: string | null;
  readonly live_wh: string | null;
  readonly session_wh: string | null;
  readonly first_wh: string | null;
  readonly cost_amount: string | null;
  readonly cost_currency: string;
  readonly cost_as_of: Date;
  readonly cost_is_final: boolean;
  readonly remaining_amount: string | null;
  readonly remaining_currency: string;
}

function fromRow(row: TransactionRow): TransactionView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationId: row.identity,
    evseId: row.evse_id,
    connectorId: row.connector_id,
    stationTransactionId: givenName(row.station_transaction_id),
    idToken: row.display_id_token,
    authorizationStatus: row.authorization_status,
    status: row.status,
    timeZone: row.time_zone,
    startedAt: isoOf(row.started_at),
    endedAt: isoOrNull(row.ended_at),
    pluggedInAt: isoOrNull(row.plugged_in_at),
    authorizedAt: isoOrNull(row.authorized_at),
    energyStartedAt: isoOrNull(row.energy_started_at),
    energyEndedAt: isoOrNull(row.energy_ended_at),
    unpluggedAt: isoOrNull(row.unplugged_at),
    chargingState: row.charging_state,
    parallelGroup: row.parallel_group,
    energyWh: row.status === 'active' ? liveEnergyWh(row) : toWh(row.metered_mwh),
    billableEnergyWh: toWh(row.billable_mwh),
    cost:
      row.cost_amount === null
        ? null
        : {
            amount: row.cost_amount,
            currency: row.cost_currency,
            asOf: isoOf(row.cost_as_of),
            isFinal: row.cost_is_final,
          },
    remaining:
      row.remaining_amount === null ? null : { amount: row.remaining_amount, currency: row.remaining_currency },
    meterStartWh: toWh(row.meter_start_mwh),
    meterStopWh: toWh(row.meter_stop_mwh),
    stopReason: row.stop_reason,
    flags: row.flags,
    holds: row.holds,
  };
}

/** What has been delivered so far; a register below the start (it restarted) counts from 0. */
function liveEnergyWh(row: TransactionRow): number {
  if (row.live_wh === null) return milliWhToWh(scaleDecimal(row.session_wh ?? '0', 3) ?? 0n);
  const now = scaleDecimal(row.live_wh, 3) ?? 0n;
  const start =
    row.meter_start_mwh === null ? (scaleDecimal(row.first_wh ?? '0', 3) ?? 0n) : BigInt(row.meter_start_mwh);
  return milliWhToWh(now >= start ? now - start : now);
}

function toWh(milliWh: string | null): number | null {
  return milliWh === null ? null : milliWhToWh(BigInt(milliWh));
}
