import type { Instant } from '@voltpile/kernel/clock';
import { toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { QueryResult } from 'pg';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { ChargingState, ConnectorStatus, RegistrationStatus } from '../contract/station-port.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { insertEvses } from './evse-statements.ts';
import { storableJson } from './storable-text.ts';

/**
 * Bulk statements for what stations say of themselves: one statement a kind of fact, whatever the number of stations. Rows are locked in
 * the order stations, connections, statuses, EVSEs, connectors, reports, and within a table by id, so that two writers never wait for
 * each other in a circle.
 */

/** What every writer of a station's facts needs to know about it. */
export interface StationFacts {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly heartbeatIntervalSeconds: number | null;
}

const STATION_COLUMNS = 'id, identity, organization_id, site_id, registration_status, heartbeat_interval_seconds';

const READ_STATIONS: Statement = {
  name: 'stations-read',
  text: `select ${STATION_COLUMNS} from csms.stations where id = any($1::uuid[])`,
};

const LOCK_STATIONS: Statement = {
  name: 'stations-lock',
  text: `select ${STATION_COLUMNS} from csms.stations where id = any($1::uuid[]) order by id for no key update`,
};

/** Reads stations; with `lock` their rows stay ours until the commit. */
export function readStations(stations: readonly StationKey[], lock: boolean): BatchQuery {
  return { statement: lock ? LOCK_STATIONS : READ_STATIONS, values: [plainArray(stations)] };
}

export function stationsFrom(result: QueryResult): StationFacts[] {
  return result.rows.map((row) => ({
    station: row.id,
    identity: row.identity,
    organizationId: row.organization_id,
    siteId: row.site_id,
    registrationStatus: row.registration_status,
    heartbeatIntervalSeconds: row.heartbeat_interval_seconds,
  }));
}

export interface ConnectionOpening {
  readonly station: StationKey;
  readonly nodeId: string;
  readonly protocol: string;
  readonly capabilities: readonly string[];
  readonly remoteAddress: string;
  /** OCPP security profile, 0 to 3. */
  readonly securityProfile: number;
  readonly connectedAt: Instant;
  /** The station came in with the key that was on its way to it: from now on it is the only one. */
  readonly usedNextKey: boolean;
}

export interface OpenedConnection {
  readonly station: StationKey;
  readonly epoch: Epoch;
  /** The connection that was still open when this one came. */
  readonly replaced: { readonly epoch: Epoch; readonly nodeId: string } | null;
}

const LOCK_CONNECTIONS: Statement = {
  name: 'connections-lock',
  text: `select station_id, epoch, node_id, disconnected_at from csms.connections
    where station_id = any($1::uuid[]) order by station_id for no key update`,
};

const OPEN_CONNECTIONS: Statement = {
  name: 'connections-open',
  text: `insert into csms.connections as c (station_id, epoch, node_id, protocol, remote_address, connected_at,
      security_profile)
    select g.station_id, 1, g.node_id, g.protocol, g.remote_address, g.connected_at, g.security_profile
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::smallint[])
      as g (station_id, node_id, protocol, remote_address, connected_at, security_profile)
    order by g.station_id
    on conflict (station_id) do update set epoch = c.epoch + 1, node_id = excluded.node_id, protocol = excluded.protocol,
      remote_address = excluded.remote_address, security_profile = excluded.security_profile, connected_at = excluded.connected_at, disconnected_at = null,
      disconnect_reason = null
    returning station_id, epoch`,
};

const STORE_DIALECTS: Statement = {
  name: 'stations-store-dialect',
  text: `update csms.stations s set protocol = g.protocol, capabilities = string_to_array(g.capabilities, ','),
      key_hash = case when g.used_next_key then s.next_key_hash else s.key_hash end,
      next_key_hash = case when g.used_next_key then null else s.next_key_hash end
    from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) as g (id, protocol, capabilities, used_next_key)
    where s.id = g.id and (s.protocol is distinct from g.protocol
      or s.capabilities is distinct from string_to_array(g.capabilities, ',')
      or (g.used_next_key and s.next_key_hash is not null))`,
};

/** Locks the connections of these stations; the answer tells what they were before. */
export function lockConnections(stations: readonly StationKey[]): BatchQuery {
  return { statement: LOCK_CONNECTIONS, values: [plainArray(stations)] };
}

export function openConnections(openings: readonly ConnectionOpening[]): BatchQuery[] {
  const stations = plainArray(openings.map(({ station }) => station));
  return [
    {
      statement: OPEN_CONNECTIONS,
      values: [
        stations,
        textArray(openings.map(({ nodeId }) => nodeId)),
        textArray(openings.map(({ protocol }) => protocol)),
        textArray(openings.map(({ remoteAddress }) => remoteAddress)),
        plainArray(openings.map(({ connectedAt }) => toIso(connectedAt))),
        plainArray(openings.map(({ securityProfile }) => securityProfile)),
      ],
    },
    {
      statement: STORE_DIALECTS,
      values: [
        stations,
        textArray(openings.map(({ protocol }) => protocol)),
        textArray(openings.map(({ capabilities }) => capabilities.join(','))),
        plainArray(openings.map(({ usedNextKey }) => usedNextKey)),
      ],
    },
  ];
}

export function openedFrom(locked: QueryResult, opened: QueryResult): OpenedConnection[] {
  const before = new Map(locked.rows.map((row) => [row.station_id, row]));
  return opened.rows.map((row) => {
    const old = before.get(row.station_id);
    const replaced =
      old === undefined || old.disconnected_at !== null ? null : { epoch: Number(old.epoch), nodeId: old.node_id };
    return { station: row.station_id, epoch: Number(row.epoch), replaced };
  });
}

export interface ConnectionClosing {
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly disconnectedAt: Instant;
  readonly reason: string;
}

/** Why a connection was closed of which only that is known: the gateway that had it did not answer. */
export const GATEWAY_GONE = 'its gateway is gone';
/** The same, where a gateway of that name has begun. */
export const GATEWAY_RESTARTED = 'the node was restarted';

const CLOSE_CONNECTIONS: Statement = {
  name: 'connections-close',
  text: `update csms.connections c set disconnected_at = g.disconnected_at, disconnect_reason = g.reason
    from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[]) as g (station_id, epoch, disconnected_at, reason)
    where c.station_id = g.station_id and c.epoch = g.epoch
      and (c.disconnected_at is null or c.disconnect_reason in ('${GATEWAY_GONE}', '${GATEWAY_RESTARTED}'))
    returning c.station_id`,
};

/** Closes connections of exactly these epochs that are still open, or of which nobody knew how they ended. */
export function closeConnections(closings: readonly ConnectionClosing[]): BatchQuery {
  return {
    statement: CLOSE_CONNECTIONS,
    values: [
      plainArray(closings.map(({ station }) => station)),
      plainArray(closings.map(({ epoch }) => epoch)),
      plainArray(closings.map(({ disconnectedAt }) => toIso(disconnectedAt))),
      textArray(closings.map(({ reason }) => reason)),
    ],
  };
}

/** Stations whose connection was really closed. */
export function closedFrom(result: QueryResult): StationKey[] {
  return result.rows.map((row) => row.station_id);
}

export interface BootFacts {
  readonly station: StationKey;
  readonly bootedAt: Instant;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  readonly firmwareVersion: string | null;
  readonly iccid: string | null;
  readonly imsi: string | null;
  readonly meterType: string | null;
  readonly meterSerialNumber: string | null;
}

const STORE_BOOTS: Statement = {
  name: 'stations-store-boot',
  text: `update csms.stations s set last_boot_at = g.booted_at, vendor = g.vendor, model = g.model,
      serial_number = g.serial_number, firmware_version = g.firmware_version, iccid = g.iccid, imsi = g.imsi,
      meter_type = g.meter_type, meter_serial_number = g.meter_serial_number
    from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[])
      as g (id, booted_at, vendor, model, serial_number, firmware_version, iccid, imsi, meter_type, meter_serial_number)
    where s.id = g.id`,
};

export function storeBoots(boots: readonly BootFacts[]): BatchQuery {
  return {
    statement: STORE_BOOTS,
    values: [
      plainArray(boots.map(({ station }) => station)),
      plainArray(boots.map(({ bootedAt }) => toIso(bootedAt))),
      textArray(boots.map(({ vendor }) => vendor)),
      textArray(boots.map(({ model }) => model)),
      textArray(boots.map(({ serialNumber }) => serialNumber)),
      textArray(boots.map(({ firmwareVersion }) => firmwareVersion)),
      textArray(boots.map(({ iccid }) => iccid)),
      textArray(boots.map(({ imsi }) => imsi)),
      textArray(boots.map(({ meterType }) => meterType)),
      textArray(boots.map(({ meterSerialNumber }) => meterSerialNumber)),
    ],
  };
}

export interface StatusFacts {
  readonly id: Uuid;
  readonly station: StationKey;
  readonly evseId: number;
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  readonly detail: string;
  readonly chargingState: ChargingState | null;
  readonly errorCode: string | null;
  readonly info: string | null;
  readonly vendorId: string | null;
  readonly vendorErrorCode: string | null;
  readonly occurredAt: Instant;
  readonly effectiveAt: Instant;
  readonly receivedAt: Instant;
  readonly flags: readonly string[];
}

/**
 * A repeated report finds its row and changes nothing. The connector's current state is replaced by what is not older, and of two reports
 * of the same second the one that came later stands.
 */
const STORE_STATUSES: Statement = {
  name: 'statuses-store',
  text: `with given as (
      select * from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::text[])
        as g (id, station_id, evse_id, connector_id, status, status_detail, error_code, info, vendor_id, vendor_error_code,
          occurred_at, effective_at, received_at, flags)
    ), inserted as (
      insert into csms.connector_statuses (id, station_id, evse_id, connector_id, status, status_detail, error_code, info,
        vendor_id, vendor_error_code, occurred_at, effective_at, received_at, flags)
      select id, station_id, evse_id, connector_id, status, status_detail, coalesce(error_code, ''), info, vendor_id,
        vendor_error_code, occurred_at, effective_at, received_at, string_to_array(flags, E'\\x1f')
      from given order by station_id
      on conflict do nothing
      returning *
    ), replaced as (
      insert into csms.connectors as c (station_id, evse_id, connector_id, status, status_detail, error_code, info,
        vendor_error_code, status_at)
      select station_id, evse_id, connector_id, status, status_detail, nullif(error_code, ''), info, vendor_error_code,
        effective_at
      from inserted order by station_id
      on conflict (station_id, evse_id, connector_id) do update set status = excluded.status,
        status_detail = excluded.status_detail, error_code = excluded.error_code, info = excluded.info,
        vendor_error_code = excluded.vendor_error_code, status_at = excluded.status_at
      where c.status_at <= excluded.status_at
      returning c.station_id
    )
    select i.id, r.station_id is not null as current from inserted i left join replaced r using (station_id)`,
};

/** Stores statuses, at most one a station, and makes the EVSEs that are seen for the first time. */
export function storeStatuses(statuses: readonly StatusFacts[]): BatchQuery[] {
  const stations = plainArray(statuses.map(({ station }) => station));
  const evses = plainArray(statuses.map(({ evseId }) => evseId));
  return [
    insertEvses(statuses.map(({ station, evseId }) => ({ stationId: station, evseId }))),
    {
      statement: STORE_STATUSES,
      values: [
        plainArray(statuses.map(({ id }) => id)),
        stations,
        evses,
        plainArray(statuses.map(({ connectorId }) => connectorId)),
        plainArray(statuses.map(({ status }) => status)),
        textArray(statuses.map(({ detail }) => detail)),
        textArray(statuses.map(({ errorCode }) => errorCode)),
        textArray(statuses.map(({ info }) => info)),
        textArray(statuses.map(({ vendorId }) => vendorId)),
        textArray(statuses.map(({ vendorErrorCode }) => vendorErrorCode)),
        plainArray(statuses.map(({ occurredAt }) => toIso(occurredAt))),
        plainArray(statuses.map(({ effectiveAt }) => toIso(effectiveAt))),
        plainArray(statuses.map(({ receivedAt }) => toIso(receivedAt))),
        textArray(statuses.map(({ flags }) => joinFlags(flags))),
      ],
    },
  ];
}

/** Ids of the statuses that are new, and whether each became its connector's current one. */
export function storedStatusesFrom(result: QueryResult): Map<Uuid, { readonly current: boolean }> {
  return new Map(result.rows.map((row) => [row.id, { current: row.current }]));
}

export interface ReportFacts {
  readonly id: Uuid;
  readonly station: StationKey;
  readonly kind: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly flags: readonly string[];
}

const STORE_REPORTS: Statement = {
  name: 'reports-store',
  text: `insert into csms.station_reports (id, station_id, kind, occurred_at, received_at, detail, flags)
    select g.id, g.station_id, g.kind, g.occurred_at, g.received_at, g.detail, string_to_array(g.flags, E'\\x1f')
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[], $7::text[])
      as g (id, station_id, kind, occurred_at, received_at, detail, flags)
    order by g.id
    on conflict (id) do nothing
    returning id`,
};

export function storeReports(reports: readonly ReportFacts[]): BatchQuery {
  return { statement: STORE_REPORTS, values: reportValues(reports) };
}

/** Reports as the columns id, station_id, kind, occurred_at, received_at, detail, flags. */
export function reportValues(reports: readonly ReportFacts[]): BatchQuery['values'] {
  return [
    plainArray(reports.map(({ id }) => id)),
    plainArray(reports.map(({ station }) => station)),
    plainArray(reports.map(({ kind }) => kind)),
    plainArray(reports.map(({ occurredAt }) => toIso(occurredAt))),
    plainArray(reports.map(({ receivedAt }) => toIso(receivedAt))),
    textArray(reports.map(({ detail }) => storableJson(detail))),
    textArray(reports.map(({ flags }) => joinFlags(flags))),
  ];
}

/** Ids of the reports that are new. */
export function storedReportsFrom(result: QueryResult): Set<Uuid> {
  return new Set(result.rows.map((row) => row.id));
}

/** `unnest` flattens arrays of arrays: a row's flags travel as one text, parted by the unit separator. */
export function joinFlags(flags: readonly string[]): string {
  return flags.map((flag) => flag.replaceAll('\u001f', ' ')).join('\u001f');
}
