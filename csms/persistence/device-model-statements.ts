import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { QueryResult } from 'pg';
import type { StationKey } from '../contract/ids.ts';
import type {
  AttributeChange,
  AttributeRow,
  KnownAttribute,
  KnownVariable,
  MonitorRow,
  VariableRow,
} from '../device-model/model-change.ts';
import type { PreparedEvent } from '../device-model/prepare-event.ts';
import type { ReportKind, ReportProgress } from '../device-model/report-progress.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { joinFlags } from './station-facts-repository.ts';

/**
 * Bulk statements of the device model: one a table, whatever the number of stations and variables. Whoever changes a station's model locks
 * its row in `device_models` first, in the order of the stations, so that two writers never wait for each other in a circle.
 *
 * What is looked up, is looked up laterally: a plan that is made while a table is small must not read all of it when it has grown.
 *
 * They also run by knex, whose placeholders have no numbers: `$1`, `$2` … each stand once, in order.
 */

/** A row of the model, with what events need to know about the station. */
export interface ModelRow {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly firmwareVersion: string | null;
  readonly variableCount: number;
  readonly monitorCount: number;
  readonly flags: readonly string[];
}

const ENSURE_MODELS: Statement = {
  name: 'device-models-ensure',
  text: `insert into csms.device_models (station_id)
    -- the identity keeps the planner to the primary key: it would read all of another index that holds the id
    select id from csms.stations where id = any($1::uuid[]) and identity is not null order by id
    on conflict do nothing`,
};

const LOCK_MODELS: Statement = {
  name: 'device-models-lock',
  text: `select m.*, s.identity, s.organization_id, s.site_id, s.firmware_version
    from csms.device_models m join csms.stations s on s.id = m.station_id
    where m.station_id = any($1::uuid[]) order by m.station_id for no key update of m`,
};

/** Makes the models of these stations where there is none, and locks them. The second answer tells them: {@link modelsFrom}. */
export function lockModels(stations: readonly StationKey[]): readonly [BatchQuery, BatchQuery] {
  const values = [plainArray(stations)];
  return [
    { statement: ENSURE_MODELS, values },
    { statement: LOCK_MODELS, values },
  ];
}

export function modelsFrom(result: QueryResult): ModelRow[] {
  return result.rows.map((row) => ({
    station: row.station_id,
    identity: row.identity,
    organizationId: row.organization_id,
    siteId: row.site_id,
    firmwareVersion: row.firmware_version,
    variableCount: row.variable_count,
    monitorCount: row.monitor_count,
    flags: row.flags,
  }));
}

const FIND_VARIABLES: Statement = {
  name: 'device-variables-find',
  text: `select v.station_id, v.name_key, v.id, a.type, a.value, a.value_at, a.wanted_value
    from unnest($1::uuid[], $2::text[]) as g (station_id, name_key)
    cross join lateral (
      select * from csms.device_variables d where d.station_id = g.station_id and d.name_key = g.name_key offset 0) v
    left join lateral (
      select * from csms.device_attributes d where d.variable_id = v.id offset 0) a on true`,
};

/** Variables that are known already, with their attributes. */
export function findVariables(wanted: readonly { readonly station: StationKey; readonly key: string }[]): BatchQuery {
  return {
    statement: FIND_VARIABLES,
    values: [plainArray(wanted.map(({ station }) => station)), textArray(wanted.map(({ key }) => key))],
  };
}

/** By station, then by key. */
export function variablesFrom(result: QueryResult): Map<StationKey, Map<string, KnownVariable>> {
  const stations = new Map<StationKey, Map<string, { id: Uuid; attributes: Map<string, KnownAttribute> }>>();
  for (const row of result.rows) {
    const variables = stations.get(row.station_id) ?? new Map();
    stations.set(row.station_id, variables);
    const variable = variables.get(row.name_key) ?? { id: row.id, attributes: new Map() };
    variables.set(row.name_key, variable);
    if (row.type === null) continue;
    variable.attributes.set(row.type, {
      value: row.value,
      valueAt: fromDate(row.value_at),
      wantedValue: row.wanted_value,
    });
  }
  return stations;
}

const FIND_MONITORS: Statement = {
  name: 'device-monitors-find',
  text: `select m.station_id, m.monitor_id
    from unnest($1::uuid[], $2::integer[]) as g (station_id, monitor_id)
    cross join lateral (
      select * from csms.device_monitors d
      where d.station_id = g.station_id and d.monitor_id = g.monitor_id offset 0) m`,
};

/** Which of these monitors are known. */
export function findMonitors(wanted: readonly { readonly station: StationKey; readonly id: number }[]): BatchQuery {
  return {
    statement: FIND_MONITORS,
    values: [plainArray(wanted.map(({ station }) => station)), plainArray(wanted.map(({ id }) => id))],
  };
}

export function monitorsFrom(result: QueryResult): Map<StationKey, Set<number>> {
  const stations = new Map<StationKey, Set<number>>();
  for (const row of result.rows) {
    stations.set(row.station_id, (stations.get(row.station_id) ?? new Set()).add(row.monitor_id));
  }
  return stations;
}

const FIND_REPORTS: Statement = {
  name: 'device-reports-find',
  text: `select r.*
    from unnest($1::uuid[], $2::text[], $3::integer[]) as g (station_id, kind, request_id)
    cross join lateral (
      select * from csms.device_reports d
      where d.station_id = g.station_id and d.kind = g.kind and d.request_id = g.request_id
      order by d.id desc limit 1) r`,
};

/** The newest report of each kind and number; of one station at most one is asked for. */
export function findReports(
  wanted: readonly { readonly station: StationKey; readonly kind: ReportKind; readonly requestId: number }[],
): BatchQuery {
  return {
    statement: FIND_REPORTS,
    values: [
      plainArray(wanted.map(({ station }) => station)),
      plainArray(wanted.map(({ kind }) => kind)),
      plainArray(wanted.map(({ requestId }) => requestId)),
    ],
  };
}

export function reportsFrom(result: QueryResult): Map<StationKey, ReportProgress> {
  return new Map(result.rows.map((row) => [row.station_id, reportFromRow(row)]));
}

/** A row of `device_reports` as the driver gives it. */
export function reportFromRow(row: QueryResult['rows'][number]): ReportProgress {
  return {
    id: row.id,
    kind: row.kind,
    requestId: row.request_id,
    status: row.status,
    base: row.base,
    coversAll: row.covers_all,
    commandId: row.command_id,
    requestedAt: fromDate(row.requested_at),
    firstPartAt: fromDate(row.first_part_at),
    lastPartAt: fromDate(row.last_part_at),
    generatedAt: fromDate(row.generated_at),
    parts: row.parts,
    lastPart: row.last_part,
    itemCount: row.item_count,
    activeAt: instant(row.active_at.getTime()),
    finishedAt: fromDate(row.finished_at),
    flags: row.flags,
  };
}

const STORE_VARIABLES: Statement = {
  name: 'device-variables-store',
  text: `insert into csms.device_variables as v (id, station_id, name_key, component_name, component_instance, evse_id,
      connector_id, variable_name, variable_instance, data_type, unit, min_limit, max_limit, values_list,
      supports_monitoring, reported_at, flags)
    select g.id, g.station_id, g.name_key, g.component_name, g.component_instance, g.evse_id, g.connector_id,
      g.variable_name, g.variable_instance, g.data_type, g.unit, g.min_limit, g.max_limit, g.values_list,
      g.supports_monitoring, g.reported_at, string_to_array(g.flags, E'\\x1f')
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::boolean[], $16::timestamptz[],
        $17::text[])
      as g (id, station_id, name_key, component_name, component_instance, evse_id, connector_id, variable_name,
        variable_instance, data_type, unit, min_limit, max_limit, values_list, supports_monitoring, reported_at, flags)
    on conflict (station_id, name_key) do update set
      component_name = excluded.component_name, component_instance = excluded.component_instance,
      variable_name = excluded.variable_name, variable_instance = excluded.variable_instance,
      data_type = coalesce(excluded.data_type, v.data_type), unit = coalesce(excluded.unit, v.unit),
      min_limit = coalesce(excluded.min_limit, v.min_limit), max_limit = coalesce(excluded.max_limit, v.max_limit),
      values_list = coalesce(excluded.values_list, v.values_list),
      supports_monitoring = coalesce(excluded.supports_monitoring, v.supports_monitoring),
      reported_at = greatest(v.reported_at, excluded.reported_at),
      gone_at = case when v.gone_at > excluded.reported_at then v.gone_at end,
      flags = excluded.flags`,
};

export function storeVariables(rows: readonly VariableRow[]): BatchQuery {
  const names = rows.map(({ name }) => name);
  return {
    statement: STORE_VARIABLES,
    values: [
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ station }) => station)),
      textArray(names.map(({ key }) => key)),
      textArray(names.map(({ componentName }) => componentName)),
      textArray(names.map(({ componentInstance }) => componentInstance)),
      plainArray(names.map(({ evseId }) => evseId)),
      plainArray(names.map(({ connectorId }) => connectorId)),
      textArray(names.map(({ variableName }) => variableName)),
      textArray(names.map(({ variableInstance }) => variableInstance)),
      textArray(rows.map(({ characteristics }) => characteristics?.dataType ?? null)),
      textArray(rows.map(({ characteristics }) => characteristics?.unit ?? null)),
      textArray(rows.map(({ characteristics }) => characteristics?.minLimit ?? null)),
      textArray(rows.map(({ characteristics }) => characteristics?.maxLimit ?? null)),
      textArray(rows.map(({ characteristics }) => characteristics?.valuesList ?? null)),
      plainArray(rows.map(({ characteristics }) => characteristics?.supportsMonitoring ?? null)),
      plainArray(rows.map(({ reportedAt }) => toIso(reportedAt))),
      textArray(rows.map(({ flags }) => joinFlags(flags))),
    ],
  };
}

/**
 * The newer value stands; one that is not told takes nothing away. What waits for a restart is over when the station tells it as the value
 * (which cannot be seen of a masked one).
 */
const STORE_ATTRIBUTES: Statement = {
  name: 'device-attributes-store',
  text: `insert into csms.device_attributes as a (variable_id, type, station_id, value, value_cut, value_at, mutability,
      persistent, constant, wanted_value, wanted_at, reported_at)
    select g.variable_id, g.type, g.station_id, g.value, g.value_cut, case when g.value is not null then g.value_at end,
      g.mutability, g.persistent, g.constant, g.wanted_value, g.wanted_at, g.reported_at
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[],
        $8::boolean[], $9::boolean[], $10::text[], $11::timestamptz[], $12::timestamptz[])
      as g (variable_id, type, station_id, value, value_cut, value_at, mutability, persistent, constant, wanted_value,
        wanted_at, reported_at)
    on conflict (variable_id, type) do update set
      value = case when excluded.value_at >= a.value_at or a.value_at is null
        then coalesce(excluded.value, a.value) else a.value end,
      value_cut = case when excluded.value_at >= a.value_at or (a.value_at is null and excluded.value is not null)
        then excluded.value_cut else a.value_cut end,
      value_at = greatest(a.value_at, excluded.value_at),
      mutability = coalesce(excluded.mutability, a.mutability),
      persistent = coalesce(excluded.persistent, a.persistent),
      constant = coalesce(excluded.constant, a.constant),
      wanted_value = case
        when excluded.wanted_at is not null then excluded.wanted_value
        when excluded.value = a.wanted_value and excluded.value <> '***' and excluded.value_at >= a.wanted_at then null
        else a.wanted_value end,
      wanted_at = coalesce(excluded.wanted_at, a.wanted_at),
      reported_at = greatest(a.reported_at, excluded.reported_at)`,
};

export function storeAttributes(rows: readonly AttributeRow[]): BatchQuery {
  return {
    statement: STORE_ATTRIBUTES,
    values: [
      plainArray(rows.map(({ variableId }) => variableId)),
      textArray(rows.map(({ type }) => type)),
      plainArray(rows.map(({ station }) => station)),
      textArray(rows.map(({ value }) => value)),
      plainArray(rows.map(({ valueCut }) => valueCut)),
      plainArray(rows.map(({ valueAt }) => toIso(valueAt))),
      textArray(rows.map(({ mutability }) => mutability)),
      plainArray(rows.map(({ persistent }) => persistent)),
      plainArray(rows.map(({ constant }) => constant)),
      textArray(rows.map(({ wanted }) => wanted?.value ?? null)),
      plainArray(rows.map(({ wanted }) => (wanted === null ? null : toIso(wanted.at)))),
      plainArray(rows.map(({ reportedAt }) => toIso(reportedAt))),
    ],
  };
}

const STORE_MONITORS: Statement = {
  name: 'device-monitors-store',
  text: `insert into csms.device_monitors as m (station_id, monitor_id, variable_id, type, value, severity, transaction,
      reported_at)
    select g.station_id, g.monitor_id, g.variable_id, g.type, g.value, g.severity, g.transaction, g.reported_at
    from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::boolean[],
        $8::timestamptz[])
      as g (station_id, monitor_id, variable_id, type, value, severity, transaction, reported_at)
    on conflict (station_id, monitor_id) do update set variable_id = excluded.variable_id, type = excluded.type,
      value = excluded.value, severity = excluded.severity, transaction = excluded.transaction,
      reported_at = excluded.reported_at, gone_at = null
    where m.reported_at <= excluded.reported_at`,
};

export function storeMonitors(rows: readonly MonitorRow[]): BatchQuery {
  return {
    statement: STORE_MONITORS,
    values: [
      plainArray(rows.map(({ station }) => station)),
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ variableId }) => variableId)),
      textArray(rows.map(({ type }) => type)),
      textArray(rows.map(({ value }) => value)),
      plainArray(rows.map(({ severity }) => severity)),
      plainArray(rows.map(({ transaction }) => transaction)),
      plainArray(rows.map(({ reportedAt }) => toIso(reportedAt))),
    ],
  };
}

const STORE_EVENTS: Statement = {
  name: 'device-events-store',
  text: `insert into csms.device_events (id, station_id, event_id, sequence_number, occurred_at, effective_at, received_at,
      name_key, component_name, component_instance, evse_id, connector_id, variable_name, variable_instance, trigger,
      notification_type, actual_value, monitor_id, cause, tech_code, tech_info, cleared, station_transaction_id, flags)
    select g.id, g.station_id, g.event_id, g.sequence_number, g.occurred_at, g.effective_at, g.received_at, g.name_key,
      g.component_name, g.component_instance, g.evse_id, g.connector_id, g.variable_name, g.variable_instance, g.trigger,
      g.notification_type, g.actual_value, g.monitor_id, g.cause, g.tech_code, g.tech_info, g.cleared,
      g.station_transaction_id, string_to_array(g.flags, E'\\x1f')
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::timestamptz[], $6::timestamptz[],
        $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::integer[], $12::integer[], $13::text[], $14::text[],
        $15::text[], $16::text[], $17::text[], $18::integer[], $19::integer[], $20::text[], $21::text[], $22::boolean[],
        $23::text[], $24::text[])
      as g (id, station_id, event_id, sequence_number, occurred_at, effective_at, received_at, name_key, component_name,
        component_instance, evse_id, connector_id, variable_name, variable_instance, trigger, notification_type,
        actual_value, monitor_id, cause, tech_code, tech_info, cleared, station_transaction_id, flags)
    on conflict do nothing
    returning id`,
};

export function storeEvents(
  rows: readonly { readonly station: StationKey; readonly event: PreparedEvent }[],
): BatchQuery {
  const events = rows.map(({ event }) => event);
  const names = events.map(({ name }) => name);
  return {
    statement: STORE_EVENTS,
    values: [
      plainArray(events.map(({ id }) => id)),
      plainArray(rows.map(({ station }) => station)),
      plainArray(events.map(({ eventId }) => eventId)),
      plainArray(events.map(({ sequenceNumber }) => sequenceNumber)),
      plainArray(events.map(({ occurredAt }) => toIso(occurredAt))),
      plainArray(events.map(({ effectiveAt }) => toIso(effectiveAt))),
      plainArray(events.map(({ receivedAt }) => toIso(receivedAt))),
      textArray(names.map(({ key }) => key)),
      textArray(names.map(({ componentName }) => componentName)),
      textArray(names.map(({ componentInstance }) => componentInstance)),
      plainArray(names.map(({ evseId }) => evseId)),
      plainArray(names.map(({ connectorId }) => connectorId)),
      textArray(names.map(({ variableName }) => variableName)),
      textArray(names.map(({ variableInstance }) => variableInstance)),
      textArray(events.map(({ trigger }) => trigger)),
      textArray(events.map(({ notificationType }) => notificationType)),
      textArray(events.map(({ actualValue }) => actualValue)),
      plainArray(events.map(({ monitorId }) => monitorId)),
      plainArray(events.map(({ cause }) => cause)),
      textArray(events.map(({ techCode }) => techCode)),
      textArray(events.map(({ techInfo }) => techInfo)),
      plainArray(events.map(({ cleared }) => cleared)),
      textArray(events.map(({ stationTransactionId }) => stationTransactionId)),
      textArray(events.map(({ flags }) => joinFlags(flags))),
    ],
  };
}

/** Ids of the events that are new. */
export function storedEventsFrom(result: QueryResult): Set<Uuid> {
  return new Set(result.rows.map((row) => row.id));
}

const STORE_REPORTS: Statement = {
  name: 'device-reports-store',
  text: `insert into csms.device_reports (id, station_id, kind, request_id, status, base, covers_all, command_id,
      requested_at, first_part_at, last_part_at, generated_at, parts, last_part, item_count, active_at, finished_at, flags)
    select g.id, g.station_id, g.kind, g.request_id, g.status, g.base, g.covers_all, g.command_id, g.requested_at,
      g.first_part_at, g.last_part_at, g.generated_at, string_to_array(g.parts, ',')::integer[], g.last_part, g.item_count,
      g.active_at, g.finished_at, string_to_array(g.flags, E'\\x1f')
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::boolean[], $8::uuid[],
        $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::integer[],
        $15::integer[], $16::timestamptz[], $17::timestamptz[], $18::text[])
      as g (id, station_id, kind, request_id, status, base, covers_all, command_id, requested_at, first_part_at,
        last_part_at, generated_at, parts, last_part, item_count, active_at, finished_at, flags)
    on conflict (id) do update set status = excluded.status, first_part_at = excluded.first_part_at,
      last_part_at = excluded.last_part_at, generated_at = excluded.generated_at, parts = excluded.parts,
      last_part = excluded.last_part, item_count = excluded.item_count, active_at = excluded.active_at,
      finished_at = excluded.finished_at, flags = excluded.flags`,
};

export function storeReportProgress(
  rows: readonly { readonly station: StationKey; readonly report: ReportProgress }[],
): BatchQuery {
  const reports = rows.map(({ report }) => report);
  const times = (pick: (report: ReportProgress) => Instant | null): string =>
    plainArray(
      reports.map((report) => {
        const at = pick(report);
        return at === null ? null : toIso(at);
      }),
    );
  return {
    statement: STORE_REPORTS,
    values: [
      plainArray(reports.map(({ id }) => id)),
      plainArray(rows.map(({ station }) => station)),
      plainArray(reports.map(({ kind }) => kind)),
      plainArray(reports.map(({ requestId }) => requestId)),
      plainArray(reports.map(({ status }) => status)),
      textArray(reports.map(({ base }) => base)),
      plainArray(reports.map(({ coversAll }) => coversAll)),
      plainArray(reports.map(({ commandId }) => commandId)),
      times(({ requestedAt }) => requestedAt),
      times(({ firstPartAt }) => firstPartAt),
      times(({ lastPartAt }) => lastPartAt),
      times(({ generatedAt }) => generatedAt),
      textArray(reports.map(({ parts }) => parts.join(','))),
      plainArray(reports.map(({ lastPart }) => lastPart)),
      plainArray(reports.map(({ itemCount }) => itemCount)),
      times(({ activeAt }) => activeAt),
      times(({ finishedAt }) => finishedAt),
      textArray(reports.map(({ flags }) => joinFlags(flags))),
    ],
  };
}

const SWEEP_VARIABLES: Statement = {
  name: 'device-variables-sweep',
  text: `update csms.device_variables set gone_at = $1::timestamptz
    where station_id = $2::uuid and gone_at is null and reported_at < $3::timestamptz`,
};

const SWEEP_MONITORS: Statement = {
  name: 'device-monitors-sweep',
  text: `update csms.device_monitors set gone_at = $1::timestamptz
    where station_id = $2::uuid and gone_at is null and reported_at < $3::timestamptz`,
};

export interface Sweep {
  readonly station: StationKey;
  readonly before: Instant;
  readonly at: Instant;
}

/** Marks as gone what a station last told before that time: a report of everything does not name it any more. */
export function sweep(what: 'variables' | 'monitors', { station, before, at }: Sweep): BatchQuery {
  return {
    statement: what === 'variables' ? SWEEP_VARIABLES : SWEEP_MONITORS,
    values: [toIso(at), station, toIso(before)],
  };
}

const MARK_GONE: Statement = {
  name: 'device-variables-gone',
  text: `update csms.device_variables v set gone_at = g.at
    from unnest($1::uuid[], $2::timestamptz[]) as g (id, at)
    where v.id = g.id and v.gone_at is null and v.reported_at <= g.at`,
};

/** Marks variables as gone that the station says it does not know. */
export function markGone(rows: readonly { readonly id: Uuid; readonly at: Instant }[]): BatchQuery {
  return {
    statement: MARK_GONE,
    values: [plainArray(rows.map(({ id }) => id)), plainArray(rows.map(({ at }) => toIso(at)))],
  };
}

const CLEAR_MONITORS: Statement = {
  name: 'device-monitors-clear',
  text: `update csms.device_monitors m set gone_at = g.at
    from unnest($1::uuid[], $2::integer[], $3::timestamptz[]) as g (station_id, monitor_id, at)
    where m.station_id = g.station_id and m.monitor_id = g.monitor_id and m.gone_at is null`,
};

export function clearMonitors(
  rows: readonly { readonly station: StationKey; readonly id: number; readonly at: Instant }[],
): BatchQuery {
  return {
    statement: CLEAR_MONITORS,
    values: [
      plainArray(rows.map(({ station }) => station)),
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ at }) => toIso(at))),
    ],
  };
}

const STORE_MODELS: Statement = {
  name: 'device-models-store',
  text: `update csms.device_models m set variable_count = g.variable_count, monitor_count = g.monitor_count,
      flags = string_to_array(g.flags, E'\\x1f'), full_report_at = coalesce(g.full_report_at, m.full_report_at),
      full_report_firmware = case when g.full_report_at is null then m.full_report_firmware else g.firmware end
    from unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::timestamptz[], $6::text[])
      as g (station_id, variable_count, monitor_count, flags, full_report_at, firmware)
    where m.station_id = g.station_id`,
};

export interface ModelUpdate {
  readonly station: StationKey;
  readonly variableCount: number;
  readonly monitorCount: number;
  readonly flags: readonly string[];
  /** When all of it was told; null: not this time. */
  readonly fullReportAt: Instant | null;
  readonly firmwareVersion: string | null;
}

export function storeModels(rows: readonly ModelUpdate[]): BatchQuery {
  return {
    statement: STORE_MODELS,
    values: [
      plainArray(rows.map(({ station }) => station)),
      plainArray(rows.map(({ variableCount }) => variableCount)),
      plainArray(rows.map(({ monitorCount }) => monitorCount)),
      textArray(rows.map(({ flags }) => joinFlags(flags))),
      plainArray(rows.map(({ fullReportAt }) => (fullReportAt === null ? null : toIso(fullReportAt)))),
      textArray(rows.map(({ firmwareVersion }) => firmwareVersion)),
    ],
  };
}

/** Names with what waits there; nothing for a storm of boots to do, where nothing waits. */
const FIND_WANTED: Statement = {
  name: 'device-attributes-wanted',
  text: `select b.station_id, b.booted_at, a.variable_id, a.type, a.value, a.wanted_value, v.*
    from unnest($1::uuid[], $2::timestamptz[]) as b (station_id, booted_at)
    cross join lateral (
      select variable_id, type, value, wanted_value from csms.device_attributes d
      where d.station_id = b.station_id and d.wanted_value is not null and d.wanted_at <= b.booted_at offset 0) a
    cross join lateral (
      select name_key, component_name, component_instance, evse_id, connector_id, variable_name, variable_instance
      from csms.device_variables d where d.id = a.variable_id offset 0) v
    order by b.station_id, v.name_key, a.type`,
};

/** What waits for the restart that these stations have just made. */
export function findWanted(boots: readonly { readonly station: StationKey; readonly bootedAt: Instant }[]): BatchQuery {
  return {
    statement: FIND_WANTED,
    values: [plainArray(boots.map(({ station }) => station)), plainArray(boots.map(({ bootedAt }) => toIso(bootedAt)))],
  };
}

/** An attribute whose new value is in effect since the restart. */
export interface SettledAttribute {
  readonly station: StationKey;
  readonly variableId: Uuid;
  readonly change: AttributeChange;
}

export function wantedFrom(result: QueryResult): SettledAttribute[] {
  return result.rows.map((row) => ({
    station: row.station_id,
    variableId: row.variable_id,
    change: {
      name: {
        key: row.name_key,
        componentName: row.component_name,
        componentInstance: row.component_instance,
        evseId: row.evse_id,
        connectorId: row.connector_id,
        variableName: row.variable_name,
        variableInstance: row.variable_instance,
        flags: [],
      },
      attributeType: row.type,
      oldValue: row.value,
      newValue: row.wanted_value,
      rebootRequired: false,
      cause: 'restart',
      at: instant(row.booted_at.getTime()),
    },
  }));
}

const SETTLE_WANTED: Statement = {
  name: 'device-attributes-settle',
  text: `update csms.device_attributes a set value = a.wanted_value, value_cut = false, value_at = g.booted_at,
      wanted_value = null, wanted_at = g.booted_at
    from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as g (variable_id, type, booted_at)
    where a.variable_id = g.variable_id and a.type = g.type and a.wanted_value is not null and a.wanted_at <= g.booted_at`,
};

/** What waited for a restart counts as set. */
export function settleWanted(settled: readonly SettledAttribute[]): BatchQuery {
  return {
    statement: SETTLE_WANTED,
    values: [
      plainArray(settled.map(({ variableId }) => variableId)),
      textArray(settled.map(({ change }) => change.attributeType)),
      plainArray(settled.map(({ change }) => toIso(change.at))),
    ],
  };
}

function fromDate(at: Date | null): Instant | null {
  return at === null ? null : instant(at.getTime());
}
