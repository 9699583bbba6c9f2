import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { ConnectorView, StationView } from '../contract/operator-ports.ts';
import type { ConnectorStatus, RegistrationStatus } from '../contract/station-port.ts';
import type { StationPlace } from '../contract/station-tariff.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, likePattern, sql } from './sql.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

/** A station with its key in the house and the connection that is open, if any. */
export interface StationRecord {
  readonly station: StationKey;
  readonly openEpoch: Epoch | null;
  /** Without the connectors, which are read for a whole page at once. */
  readonly view: Omit<StationView, 'connectors'>;
}

interface StationRow {
  readonly id: StationKey;
  readonly identity: string;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly registration_status: RegistrationStatus;
  readonly has_password: boolean;
  readonly protocol: string | null;
  readonly capabilities: string[];
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serial_number: string | null;
  readonly firmware_version: string | null;
  readonly last_boot_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly heartbeat_interval_seconds: number | null;
  readonly lenient: boolean;
  readonly default_protocol: string | null;
  readonly rated_power_w: string | null;
  readonly created_at: Date;
  readonly epoch: string | null;
  readonly connected_at: Date | null;
  readonly disconnected_at: Date | null;
  readonly security_profile: StationView['securityProfile'];
}

const COLUMNS = `s.id, s.identity, s.organization_id, s.site_id, s.registration_status, s.key_hash is not null as has_password,
  s.protocol, s.capabilities, s.vendor, s.model, s.serial_number, s.firmware_version, s.last_boot_at, s.last_seen_at,
  s.heartbeat_interval_seconds, s.lenient, s.default_protocol, s.rated_power_w, s.created_at, c.epoch, c.connected_at,
  c.disconnected_at, c.security_profile`;
const FROM = 'csms.stations s left join csms.connections c on c.station_id = s.id';
const SCOPE = { organization: 's.organization_id', site: 's.site_id' };

export interface StationFilter {
  readonly siteId?: Uuid | undefined;
  readonly registrationStatus?: RegistrationStatus | undefined;
  readonly online?: boolean | undefined;
  readonly search?: string | undefined;
  readonly capability?: string | undefined;
}

/** Stations by identity, after the given one. */
export async function listStations(
  db: Knex,
  scope: AccessScope,
  filter: StationFilter,
  after: string | null,
  count: number,
): Promise<StationRecord[]> {
  const open = 'c.epoch is not null and c.disconnected_at is null';
  const condition = allOf([
    sql('s.removed_at is null'),
    scopeSql(scope, SCOPE),
    filter.siteId === undefined ? undefined : sql('s.site_id = ?::uuid', filter.siteId),
    filter.registrationStatus === undefined ? undefined : sql('s.registration_status = ?', filter.registrationStatus),
    filter.online === undefined ? undefined : sql(filter.online ? open : `not (${open})`),
    filter.search === undefined ? undefined : sql('s.identity ilike ?', likePattern(filter.search)),
    filter.capability === undefined ? undefined : sql('? = any(s.capabilities)', filter.capability),
    after === null ? undefined : sql('s.identity > ?', after),
  ]);
  const rows = await query<StationRow>(
    db,
    sql(
      `select ${COLUMNS} from ${FROM} where ${condition.text} order by s.identity limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

/** With `lock`, the station's row stays ours until the end of the transaction. */
export async function findStation(
  db: Knex,
  scope: AccessScope,
  identity: string,
  options: { readonly lock?: boolean } = {},
): Promise<StationRecord | undefined> {
  const condition = allOf([sql('s.removed_at is null'), sql('s.identity = ?', identity), scopeSql(scope, SCOPE)]);
  const lock = options.lock === true ? ' for no key update of s' : '';
  const [row] = await query<StationRow>(
    db,
    sql(`select ${COLUMNS} from ${FROM} where ${condition.text}${lock}`, ...condition.values),
  );
  return row === undefined ? undefined : fromRow(row);
}

export interface NewStation {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly keyHash: Buffer | null;
  readonly heartbeatIntervalSeconds: number | null;
  readonly lenient: boolean;
  readonly defaultProtocol: string | null;
  readonly ratedPowerW: number | null;
}

/**
 * Seconds since the beginning of 2025. A station that moves here from another central system may still report the end of a transaction that
 * the other one numbered, and those number from 1: ours must not be taken for it. Leaves room for 2 × 10^9 transactions in 32 bits.
 */
const FIRST_TRANSACTION_NUMBER = `extract(epoch from now() - timestamptz '2025-01-01')::int`;

/** @returns false when the identity is taken */
export async function insertStation(db: Knex, station: NewStation): Promise<boolean> {
  const rows = await query(
    db,
    sql(
      `with made as (
         insert into csms.stations (id, identity, organization_id, site_id, registration_status, key_hash,
           heartbeat_interval_seconds, lenient, default_protocol, rated_power_w)
         values (?::uuid, ?, ?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?::bigint)
         on conflict (identity) where removed_at is null do nothing
         returning id
       )
       insert into csms.station_counters (station_id, next_transaction_number)
       select id, ${FIRST_TRANSACTION_NUMBER} from made returning station_id`,
      station.station,
      station.identity,
      station.organizationId,
      station.siteId,
      station.registrationStatus,
      station.keyHash,
      station.heartbeatIntervalSeconds,
      station.lenient,
      station.defaultProtocol,
      station.ratedPowerW,
    ),
  );
  return rows.length === 1;
}

/** How many stations wait for an operator's word, and how many of them came from an address last; counts no further than the limit. */
export async function countPendingStations(
  db: Knex,
  limit: number,
  remoteAddress: string,
): Promise<{ readonly all: number; readonly fromAddress: number }> {
  const [row] = await query<{ all: string; from_address: string }>(
    db,
    sql(
      `select count(*) as "all", count(*) filter (where c.remote_address = ?) as from_address from (
         select id from csms.stations where registration_status = 'Pending' and removed_at is null limit ?
       ) as pending left join csms.connections c on c.station_id = pending.id`,
      remoteAddress,
      limit,
    ),
  );
  return { all: Number(row?.all), fromAddress: Number(row?.from_address) };
}

export interface StationChange {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly heartbeatIntervalSeconds: number | null;
  readonly lenient: boolean;
  readonly defaultProtocol: string | null;
  readonly ratedPowerW: number | null;
}

/** Writes what an operator may change. */
export async function updateStation(db: Knex, station: StationKey, change: StationChange): Promise<void> {
  await query(
    db,
    sql(
      `update csms.stations set organization_id = ?::uuid, site_id = ?::uuid, registration_status = ?,
         heartbeat_interval_seconds = ?, lenient = ?, default_protocol = ?, rated_power_w = ?::bigint where id = ?::uuid`,
      change.organizationId,
      change.siteId,
      change.registrationStatus,
      change.heartbeatIntervalSeconds,
      change.lenient,
      change.defaultProtocol,
      change.ratedPowerW,
      station,
    ),
  );
}

/** Gives a station another key at once (null: none); a key on its way to it is forgotten. */
export async function replaceKey(db: Knex, station: StationKey, keyHash: Buffer | null): Promise<void> {
  await query(
    db,
    sql('update csms.stations set key_hash = ?, next_key_hash = null where id = ?::uuid', keyHash, station),
  );
}

/** Remembers a key that is on its way to the station. */
export async function setNextKey(db: Knex, station: StationKey, nextKeyHash: Buffer): Promise<void> {
  await query(db, sql('update csms.stations set next_key_hash = ? where id = ?::uuid', nextKeyHash, station));
}

/** Forgets that key again, unless another one is on its way by now: the station did not take it. */
export async function dropNextKey(db: Knex, station: StationKey, nextKeyHash: Buffer): Promise<void> {
  await query(
    db,
    sql('update csms.stations set next_key_hash = null where id = ?::uuid and next_key_hash = ?', station, nextKeyHash),
  );
}

/** The row stays, because transactions point to it; the identity is free again. */
export async function removeStation(db: Knex, station: StationKey, at: Instant): Promise<void> {
  await query(
    db,
    sql(
      `update csms.stations set removed_at = ?::timestamptz, key_hash = null, next_key_hash = null where id = ?::uuid`,
      toIso(at),
      station,
    ),
  );
}

/** Connectors of these stations, in order. */
export async function readConnectors(
  db: Knex,
  stations: readonly StationKey[],
): Promise<Map<StationKey, ConnectorView[]>> {
  const connectors = new Map<StationKey, ConnectorView[]>(stations.map((station) => [station, []]));
  const rows = await query<ConnectorRow & { station_id: StationKey; status_at: Date }>(
    db,
    sql(
      `select station_id, evse_id, connector_id, status, status_detail, error_code, status_at from csms.connectors
       where station_id = any(?::uuid[]) order by station_id, evse_id, connector_id`,
      [...stations],
    ),
  );
  for (const row of rows) connectors.get(row.station_id)?.push(connectorFromRow(row, row.status_at));
  return connectors;
}

interface ConnectorRow {
  readonly evse_id: number;
  readonly connector_id: number;
  readonly status: ConnectorStatus;
  readonly status_detail: string | null;
  readonly error_code: string | null;
}

export type StatusHistoryItem = ConnectorView & { readonly receivedAt: string; readonly info: string | null };

/** A station's status reports, newest arrivals first, before the given id. */
export async function readStatusHistory(
  db: Knex,
  station: StationKey,
  before: Uuid | null,
  count: number,
): Promise<{ readonly id: Uuid; readonly item: StatusHistoryItem }[]> {
  const condition = allOf([
    sql('station_id = ?::uuid', station),
    before === null ? undefined : sql('id < ?::uuid', before),
  ]);
  const rows = await query<ConnectorRow & { id: Uuid; effective_at: Date; received_at: Date; info: string | null }>(
    db,
    sql(
      `select id, evse_id, connector_id, status, status_detail, nullif(error_code, '') as error_code, effective_at, received_at,
         info from csms.connector_statuses where ${condition.text} order by id desc limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map((row) => ({
    id: row.id,
    item: { ...connectorFromRow(row, row.effective_at), receivedAt: isoOf(row.received_at), info: row.info },
  }));
}

function connectorFromRow(row: ConnectorRow, at: Date): ConnectorView {
  return {
    evseId: row.evse_id,
    connectorId: row.connector_id,
    status: row.status,
    statusDetail: row.status_detail,
    errorCode: row.error_code,
    statusAt: isoOf(at),
  };
}

function fromRow(row: StationRow): StationRecord {
  const online = row.epoch !== null && row.disconnected_at === null;
  return {
    station: row.id,
    openEpoch: online ? Number(row.epoch) : null,
    view: {
      id: row.identity,
      organizationId: row.organization_id,
      siteId: row.site_id,
      registrationStatus: row.registration_status,
      online,
      protocol: row.protocol,
      capabilities: row.capabilities,
      hasPassword: row.has_password,
      vendor: row.vendor,
      model: row.model,
      serialNumber: row.serial_number,
      firmwareVersion: row.firmware_version,
      connectedAt: isoOrNull(row.connected_at),
      disconnectedAt: isoOrNull(row.disconnected_at),
      lastSeenAt: isoOrNull(row.last_seen_at),
      lastBootAt: isoOrNull(row.last_boot_at),
      heartbeatIntervalSeconds: row.heartbeat_interval_seconds,
      lenient: row.lenient,
      defaultProtocol: row.default_protocol,
      securityProfile: row.security_profile,
      ratedPowerW: row.rated_power_w === null ? null : Number(row.rated_power_w),
      createdAt: isoOf(row.created_at),
    },
  };
}

/**
 * Closes what was left open by a process that ended without saying so.
 *
 * @returns how many connections were closed; the events that tell so are in the same commit
 */
export async function closeNodeConnections(db: Knex, nodeId: string, at: Instant, reason: string): Promise<number> {
  const [row] = await query<{ count: string }>(
    db,
    sql(
      `with closed as (
         update csms.connections set disconnected_at = ?::timestamptz, disconnect_reason = ?
         where node_id = ? and disconnected_at is null
         returning station_id, epoch
       ), told as (
         insert into csms.outbox (type, organization_id, site_id, station_id, data)
         select 'station.disconnected', s.organization_id, s.site_id, s.identity,
           json_build_object('reason', ?::text, 'epoch', closed.epoch, 'disconnectedAt', ?::text)
         from closed join csms.stations s on s.id = closed.station_id
       )
       select count(*) from closed`,
      timestamptz(at),
      reason,
      nodeId,
      reason,
      toIso(at),
    ),
  );
  return Number(row?.count);
}

/** The gateway that holds this connection of a station, or held it last; null when the station has had another one since. */
export async function findNode(db: Knex, station: StationKey, epoch: Epoch): Promise<string | null> {
  const [row] = await query<{ node_id: string }>(
    db,
    sql('select node_id from csms.connections where station_id = ?::uuid and epoch = ?', station, String(epoch)),
  );
  return row?.node_id ?? null;
}

/** Gateways with connections that are open, as far as is known. */
export async function listOpenNodes(db: Knex): Promise<readonly string[]> {
  const rows = await query<{ node_id: string }>(
    db,
    sql('select distinct node_id from csms.connections where disconnected_at is null'),
  );
  return rows.map((row) => row.node_id);
}

/** Where a station is; undefined when there is none, or not any more. */
export async function findPlace(db: Knex, station: StationKey): Promise<StationPlace | undefined> {
  const [row] = await query<{ organization_id: string; site_id: string; identity: string }>(
    db,
    sql('select organization_id, site_id, identity from csms.stations where id = ? and removed_at is null', station),
  );
  return row === undefined
    ? undefined
    : { organizationId: row.organization_id, siteId: row.site_id, stationId: row.identity };
}
