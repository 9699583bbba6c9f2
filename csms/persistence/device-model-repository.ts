import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type {
  DeviceAttributeView,
  DeviceEventView,
  DeviceMonitorView,
  DeviceReportView,
  DeviceVariableFilter,
  DeviceVariableView,
  VariableMonitorView,
} from '../contract/device-model-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { nameView } from '../device-model/model-events.ts';
import { NO_REQUEST_ID, type ReportProgress } from '../device-model/report-progress.ts';
import { reportFromRow } from './device-model-statements.ts';
import { query } from './query.ts';
import { allOf, likePattern, type Sql, sql } from './sql.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

interface NameRow {
  readonly component_name: string;
  readonly component_instance: string | null;
  readonly evse_id: number | null;
  readonly connector_id: number | null;
  readonly variable_name: string;
  readonly variable_instance: string | null;
}

interface VariableRow extends NameRow {
  readonly id: Uuid;
  readonly data_type: string | null;
  readonly unit: string | null;
  readonly min_limit: string | null;
  readonly max_limit: string | null;
  readonly values_list: string | null;
  readonly supports_monitoring: boolean | null;
  readonly reported_at: Date;
  readonly gone_at: Date | null;
  readonly flags: readonly string[];
}

interface AttributeRow {
  readonly variable_id: Uuid;
  readonly type: string;
  readonly value: string | null;
  readonly value_cut: boolean;
  readonly value_at: Date | null;
  readonly mutability: string | null;
  readonly persistent: boolean | null;
  readonly constant: boolean | null;
  readonly wanted_value: string | null;
  readonly reported_at: Date;
}

interface MonitorRow {
  readonly variable_id: Uuid;
  readonly monitor_id: number;
  readonly type: string;
  readonly value: string;
  readonly severity: number | null;
  readonly transaction: boolean;
  readonly reported_at: Date;
  readonly gone_at: Date | null;
}

interface EventRow extends NameRow {
  readonly id: Uuid;
  readonly event_id: number | null;
  readonly trigger: string;
  readonly notification_type: string;
  readonly actual_value: string;
  readonly monitor_id: number | null;
  readonly cause: number | null;
  readonly tech_code: string | null;
  readonly tech_info: string | null;
  readonly cleared: boolean | null;
  readonly station_transaction_id: string | null;
  readonly occurred_at: Date;
  readonly effective_at: Date;
  readonly received_at: Date;
  readonly flags: readonly string[];
}

export interface ListedVariable {
  readonly id: Uuid;
  readonly view: DeviceVariableView;
}

/** Variables of a station in the order of their names, after the given one. */
export async function listVariables(
  db: Knex,
  station: StationKey,
  filter: DeviceVariableFilter,
  after: Uuid | null,
  count: number,
): Promise<ListedVariable[]> {
  const where = allOf([
    sql('v.station_id = ?::uuid', station),
    sql(filter.gone === true ? 'v.gone_at is not null' : 'v.gone_at is null'),
    sameName('v.component_name', filter.component),
    sameName('v.component_instance', filter.componentInstance),
    filter.evseId === undefined ? undefined : sql('v.evse_id = ?', filter.evseId),
    filter.connectorId === undefined ? undefined : sql('v.connector_id = ?', filter.connectorId),
    sameName('v.variable_name', filter.variable),
    sameName('v.variable_instance', filter.variableInstance),
    filter.search === undefined ? undefined : contains(filter.search),
    filter.mutability === undefined ? undefined : hasAttribute(sql('a.mutability = ?', filter.mutability)),
    isOrNot(filter.rebootRequired, hasAttribute(sql('a.wanted_value is not null'))),
    isOrNot(filter.problem, sql(HAS_PROBLEM)),
    after === null
      ? undefined
      : sql(
          'v.name_key > (select c.name_key from csms.device_variables c where c.id = ?::uuid and c.station_id = ?::uuid)',
          after,
          station,
        ),
  ]);
  const rows = await query<VariableRow>(
    db,
    sql(
      `select v.* from csms.device_variables v where ${where.text} order by v.name_key limit ?`,
      ...where.values,
      count,
    ),
  );
  const ids = rows.map(({ id }) => id);
  const attributes = await attributesOf(db, ids);
  const monitors = await monitorsOf(db, ids);
  return rows.map((row) => ({
    id: row.id,
    view: variableView(row, attributes.get(row.id) ?? [], monitors.get(row.id) ?? []),
  }));
}

/** The component says so by its variable `Problem` (OCPP 2.0.1 part 1 §4.1.3). */
const HAS_PROBLEM = `exists (
  select from csms.device_variables p join csms.device_attributes a on a.variable_id = p.id
  where p.station_id = v.station_id and lower(p.variable_name) = 'problem' and p.gone_at is null
    and lower(p.component_name) = lower(v.component_name)
    and lower(p.component_instance) is not distinct from lower(v.component_instance)
    and p.evse_id is not distinct from v.evse_id and p.connector_id is not distinct from v.connector_id
    and a.type = 'Actual' and lower(a.value) = 'true')`;

function sameName(column: string, name: string | undefined): Sql | undefined {
  return name === undefined ? undefined : sql(`lower(${column}) = lower(?)`, name);
}

function contains(search: string): Sql {
  const pattern = likePattern(search);
  return sql(
    `concat_ws(' ', v.component_name, v.component_instance, v.variable_name, v.variable_instance) ilike ?
     or exists (select from csms.device_attributes a where a.variable_id = v.id and a.value ilike ?)`,
    pattern,
    pattern,
  );
}

function hasAttribute(condition: Sql): Sql {
  return sql(
    `exists (select from csms.device_attributes a where a.variable_id = v.id and ${condition.text})`,
    ...condition.values,
  );
}

function isOrNot(wanted: boolean | undefined, condition: Sql): Sql | undefined {
  if (wanted === undefined) return undefined;
  return wanted ? condition : sql(`not (${condition.text})`, ...condition.values);
}

async function attributesOf(db: Knex, variables: readonly Uuid[]): Promise<Map<Uuid, DeviceAttributeView[]>> {
  const rows = await query<AttributeRow>(
    db,
    sql('select * from csms.device_attributes where variable_id = any(?::uuid[]) order by variable_id, type', [
      ...variables,
    ]),
  );
  const views = new Map<Uuid, DeviceAttributeView[]>();
  for (const row of rows) views.set(row.variable_id, [...(views.get(row.variable_id) ?? []), attributeView(row)]);
  return views;
}

/** A variable has a handful of monitors; a station that sets more of them on one shows these. */
const MONITORS_PER_VARIABLE = 50;

async function monitorsOf(db: Knex, variables: readonly Uuid[]): Promise<Map<Uuid, VariableMonitorView[]>> {
  const rows = await query<MonitorRow>(
    db,
    sql(
      `select m.* from unnest(?::uuid[]) as g (variable_id)
       cross join lateral (select * from csms.device_monitors d where d.variable_id = g.variable_id and d.gone_at is null
         order by d.monitor_id limit ?) m`,
      [...variables],
      MONITORS_PER_VARIABLE,
    ),
  );
  const views = new Map<Uuid, VariableMonitorView[]>();
  for (const row of rows) views.set(row.variable_id, [...(views.get(row.variable_id) ?? []), monitorView(row)]);
  return views;
}

/** Actual values of the variables of these keys, as far as they are known and the station still has them. */
export async function findActualValues(
  db: Knex,
  station: StationKey,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ name_key: string; value: string }>(
    db,
    sql(
      `select v.name_key, a.value from csms.device_variables v
       join csms.device_attributes a on a.variable_id = v.id and a.type = 'Actual' and a.value is not null
       where v.station_id = ?::uuid and v.name_key = any(?::text[]) and v.gone_at is null`,
      station,
      [...keys],
    ),
  );
  return new Map(rows.map(({ name_key, value }) => [name_key, value]));
}

/** The largest values that the variables of these keys can have, where the station has told them. */
export async function findMaxLimits(
  db: Knex,
  station: StationKey,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ name_key: string; max_limit: string }>(
    db,
    sql(
      `select v.name_key, v.max_limit from csms.device_variables v
       where v.station_id = ?::uuid and v.name_key = any(?::text[]) and v.gone_at is null and v.max_limit is not null`,
      station,
      [...keys],
    ),
  );
  return new Map(rows.map(({ name_key, max_limit }) => [name_key, max_limit]));
}

/** Monitors of a station by id, after the given one. */
export async function listMonitors(
  db: Knex,
  station: StationKey,
  filter: { readonly gone?: boolean | undefined },
  after: number | null,
  count: number,
): Promise<DeviceMonitorView[]> {
  const where = allOf([
    sql('m.station_id = ?::uuid', station),
    sql(filter.gone === true ? 'm.gone_at is not null' : 'm.gone_at is null'),
    after === null ? undefined : sql('m.monitor_id > ?', after),
  ]);
  const rows = await query<MonitorRow & NameRow>(
    db,
    sql(
      `select m.*, v.component_name, v.component_instance, v.evse_id, v.connector_id, v.variable_name, v.variable_instance
       from csms.device_monitors m join csms.device_variables v on v.id = m.variable_id
       where ${where.text} order by m.monitor_id limit ?`,
      ...where.values,
      count,
    ),
  );
  return rows.map((row) => ({ ...nameView(nameOf(row)), ...monitorView(row) }));
}

/** Reports of a station, the newest first, before the given one. */
export async function listReports(
  db: Knex,
  station: StationKey,
  filter: { readonly requestId?: number | undefined },
  before: Uuid | null,
  count: number,
): Promise<DeviceReportView[]> {
  const where = allOf([
    sql('station_id = ?::uuid', station),
    filter.requestId === undefined ? undefined : sql('request_id = ?', filter.requestId),
    before === null ? undefined : sql('id < ?::uuid', before),
  ]);
  const rows = await query<Parameters<typeof reportFromRow>[0]>(
    db,
    sql(`select * from csms.device_reports where ${where.text} order by id desc limit ?`, ...where.values, count),
  );
  return rows.map((row) => reportView(reportFromRow(row)));
}

/** Events of a station, the newest arrivals first, before the given one. */
export async function listDeviceEvents(
  db: Knex,
  station: StationKey,
  filter: { readonly component?: string | undefined; readonly variable?: string | undefined },
  before: Uuid | null,
  count: number,
): Promise<DeviceEventView[]> {
  const where = allOf([
    sql('e.station_id = ?::uuid', station),
    sameName('e.component_name', filter.component),
    sameName('e.variable_name', filter.variable),
    before === null ? undefined : sql('e.id < ?::uuid', before),
  ]);
  const rows = await query<EventRow>(
    db,
    sql(`select e.* from csms.device_events e where ${where.text} order by e.id desc limit ?`, ...where.values, count),
  );
  return rows.map(eventView);
}

export interface TimedOutReport {
  readonly report: ReportProgress;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly identity: string;
}

/** Ends reports of which nothing was heard since `before`; those that somebody writes to right now are left for the next time. */
export async function timeOutReports(db: Knex, before: Instant, at: Instant, count: number): Promise<TimedOutReport[]> {
  const rows = await query<Parameters<typeof reportFromRow>[0]>(
    db,
    sql(
      `with late as (
         select id from csms.device_reports where status in ('requested', 'receiving') and active_at < ?::timestamptz
         order by active_at limit ? for update skip locked
       )
       update csms.device_reports r set status = 'timed-out', finished_at = ?::timestamptz
       from late, csms.stations s where r.id = late.id and s.id = r.station_id
       returning r.*, s.organization_id, s.site_id, s.identity`,
      toIso(before),
      count,
      toIso(at),
    ),
  );
  return rows.map((row) => ({
    report: reportFromRow(row),
    organizationId: row.organization_id,
    siteId: row.site_id,
    identity: row.identity,
  }));
}

/** Reports that are on their way; counts no further than the limit. */
export async function countOpenReports(db: Knex, limit: number): Promise<number> {
  const [row] = await query<{ count: string }>(
    db,
    sql(
      `select count(*) from (select from csms.device_reports where status in ('requested', 'receiving') limit ?) as open`,
      limit,
    ),
  );
  return Number(row?.count);
}

/**
 * Stations to be asked for all of their model: connected and accepted, able to report, calm since their start, and never reported in full
 * by their present firmware. Marks them as asked, so that a station which does not answer is not asked again before `askedBefore` has passed.
 *
 * @returns their identities, at most `count`
 */
export async function takeUnreportedStations(
  db: Knex,
  times: { readonly bootedBefore: Instant; readonly askedBefore: Instant; readonly now: Instant },
  count: number,
): Promise<string[]> {
  const rows = await query<{ identity: string }>(
    db,
    sql(
      `with due as (
         select s.id, s.identity, s.firmware_version from csms.stations s
         join csms.connections c on c.station_id = s.id and c.disconnected_at is null
         left join csms.device_models m on m.station_id = s.id
         where s.removed_at is null and s.registration_status = 'Accepted' and 'get-base-report' = any(s.capabilities)
           and s.last_boot_at < ?::timestamptz
           and (m.full_report_at is null or m.full_report_firmware is distinct from s.firmware_version)
           and (m.asked_at is null or m.asked_at < ?::timestamptz or m.asked_firmware is distinct from s.firmware_version)
         order by s.last_boot_at limit ?
       ), asked as (
         insert into csms.device_models (station_id, asked_at, asked_firmware)
         select id, ?::timestamptz, firmware_version from due order by id
         on conflict (station_id) do update set asked_at = excluded.asked_at, asked_firmware = excluded.asked_firmware
       )
       select identity from due`,
      toIso(times.bootedBefore),
      toIso(times.askedBefore),
      count,
      timestamptz(times.now),
    ),
  );
  return rows.map(({ identity }) => identity);
}

function nameOf(row: NameRow): Parameters<typeof nameView>[0] {
  return {
    componentName: row.component_name,
    componentInstance: row.component_instance,
    evseId: row.evse_id,
    connectorId: row.connector_id,
    variableName: row.variable_name,
    variableInstance: row.variable_instance,
  };
}

function variableView(
  row: VariableRow,
  attributes: readonly DeviceAttributeView[],
  monitors: readonly VariableMonitorView[],
): DeviceVariableView {
  const characteristics = {
    dataType: row.data_type,
    unit: row.unit,
    minLimit: row.min_limit,
    maxLimit: row.max_limit,
    valuesList: row.values_list,
    supportsMonitoring: row.supports_monitoring,
  };
  const isTold = Object.values(characteristics).some((value) => value !== null);
  return {
    ...nameView(nameOf(row)),
    attributes,
    characteristics: isTold ? characteristics : null,
    monitors,
    reportedAt: isoOf(row.reported_at),
    goneAt: isoOrNull(row.gone_at),
    flags: row.flags,
  };
}

function attributeView(row: AttributeRow): DeviceAttributeView {
  return {
    type: row.type,
    value: row.value,
    valueCut: row.value_cut,
    mutability: row.mutability,
    persistent: row.persistent,
    constant: row.constant,
    rebootRequired: row.wanted_value !== null,
    wantedValue: row.wanted_value,
    valueAt: isoOrNull(row.value_at),
    reportedAt: isoOf(row.reported_at),
  };
}

function monitorView(row: MonitorRow): VariableMonitorView {
  return {
    id: row.monitor_id,
    type: row.type,
    value: row.value,
    severity: row.severity,
    transaction: row.transaction,
    reportedAt: isoOf(row.reported_at),
    goneAt: isoOrNull(row.gone_at),
  };
}

function reportView(report: ReportProgress): DeviceReportView {
  const { requestId, parts, lastPart } = report;
  // Counted from 0 as long as nothing says that the station counts from 1.
  const first = parts[0] === 1 && report.status === 'complete' ? 1 : 0;
  return {
    id: report.id,
    kind: report.kind,
    requestId: requestId === NO_REQUEST_ID ? null : requestId,
    status: report.status,
    base: report.base,
    commandId: report.commandId,
    partsReceived: parts.length,
    partsExpected: lastPart === null ? null : lastPart - first + 1,
    itemsReceived: report.itemCount,
    generatedAt: timestamptz(report.generatedAt),
    requestedAt: timestamptz(report.requestedAt),
    firstPartAt: timestamptz(report.firstPartAt),
    lastPartAt: timestamptz(report.lastPartAt),
    finishedAt: timestamptz(report.finishedAt),
    flags: report.flags,
  };
}

function eventView(row: EventRow): DeviceEventView {
  return {
    id: row.id,
    eventId: row.event_id,
    ...nameView(nameOf(row)),
    trigger: row.trigger,
    notificationType: row.notification_type,
    actualValue: row.actual_value,
    monitorId: row.monitor_id,
    cause: row.cause,
    techCode: row.tech_code,
    techInfo: row.tech_info,
    cleared: row.cleared,
    stationTransactionId: row.station_transaction_id,
    occurredAt: isoOf(row.occurred_at),
    effectiveAt: isoOf(row.effective_at),
    receivedAt: isoOf(row.received_at),
    flags: row.flags,
  };
}
