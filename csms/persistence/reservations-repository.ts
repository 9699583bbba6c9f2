import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { foldToken } from '../authorization/evaluate-token.ts';
import type { AccessScope } from '../contract/access-scope.ts';
import type { StationKey } from '../contract/ids.ts';
import type { ReservationFacts, ReservationStatus } from '../contract/reservations-port.ts';
import type { ConnectorStatus } from '../contract/station-port.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, type Sql, sql } from './sql.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

/** A reservation on its way to the station. Tokens as given; they are compared folded. */
export interface NewReservation {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly station: StationKey;
  readonly number: number;
  readonly evseId: number | null;
  readonly connectorType: string | null;
  readonly idToken: string;
  readonly groupIdToken: string | null;
  readonly status: ReservationStatus;
  readonly refusal: string | null;
  readonly commandId: Uuid;
  readonly createdBy: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly endedAt: Instant | null;
}

export interface ReservationRecord {
  readonly station: StationKey;
  readonly facts: ReservationFacts;
}

interface ReservationRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly station_id: StationKey;
  readonly identity: string;
  readonly number: number;
  readonly evse_id: number | null;
  readonly connector_type: string | null;
  readonly display_id_token: string;
  readonly display_group_id_token: string | null;
  readonly status: ReservationStatus;
  readonly refusal: string | null;
  readonly flags: string[];
  readonly command_id: Uuid;
  readonly transaction_id: Uuid | null;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}

const COLUMNS = `r.id, r.organization_id, r.site_id, r.station_id, s.identity, r.number, r.evse_id, r.connector_type, r.display_id_token,
  r.display_group_id_token, r.status, r.refusal, r.flags, r.command_id, r.transaction_id, r.created_by, r.created_at, r.expires_at,
  r.ended_at`;
const FROM = 'csms.reservations r join csms.stations s on s.id = r.station_id';
const SCOPE = { organization: 'r.organization_id', site: 'r.site_id' };
/** What may still be used. */
const OPEN = `('requested', 'active', 'unknown')`;

export async function insertReservation(db: Knex, reservation: NewReservation): Promise<ReservationRecord> {
  const [row] = await query<ReservationRow>(
    db,
    sql(
      `with r as (
         insert into csms.reservations (id, organization_id, site_id, station_id, number, evse_id, connector_type, id_token,
           display_id_token, group_id_token, display_group_id_token, status, refusal, command_id, created_by, created_at, expires_at,
           ended_at)
         values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::uuid, ?, ?::timestamptz, ?::timestamptz,
           ?::timestamptz)
         returning *
       )
       select ${COLUMNS} from r join csms.stations s on s.id = r.station_id`,
      reservation.id,
      reservation.organizationId,
      reservation.siteId,
      reservation.station,
      reservation.number,
      reservation.evseId,
      reservation.connectorType,
      foldToken(reservation.idToken),
      reservation.idToken,
      reservation.groupIdToken === null ? null : foldToken(reservation.groupIdToken),
      reservation.groupIdToken,
      reservation.status,
      reservation.refusal,
      reservation.commandId,
      reservation.createdBy,
      toIso(reservation.createdAt),
      toIso(reservation.expiresAt),
      timestamptz(reservation.endedAt),
    ),
  );
  return fromRow(row as ReservationRow);
}

/** What stands in the way of a reservation, as far as it is known and not only guessed. */
export interface ReservationObstacles {
  /** One of the same number waits for its answer. */
  readonly numberTaken: boolean;
  /** The EVSE has another one, of another number, that the station has accepted. */
  readonly evseReserved: boolean;
  /** A transaction runs at the EVSE, and nothing says that it is long over (the connector is not free again). */
  readonly evseInUse: boolean;
  /** Reservations of the station that may still be used. */
  readonly open: number;
}

export async function findObstacles(
  db: Knex,
  station: StationKey,
  wanted: { readonly number: number; readonly evseId: number | null },
  now: Instant,
): Promise<ReservationObstacles> {
  const [row] = await query<{ number_taken: boolean; evse_reserved: boolean; evse_in_use: boolean; open: string }>(
    db,
    sql(
      `select
         exists (select from csms.reservations r
           where r.station_id = g.station_id and r.number = g.number and r.status = 'requested') as number_taken,
         exists (select from csms.reservations r
           where r.station_id = g.station_id and r.number <> g.number and r.evse_id = g.evse_id and r.status = 'active'
             and r.expires_at > g.now) as evse_reserved,
         exists (select from csms.transactions t
           where t.station_id = g.station_id and t.evse_id = g.evse_id and t.status = 'active'
             and not exists (select from csms.connectors c
               where c.station_id = t.station_id and c.evse_id = t.evse_id and c.status = 'Available'
                 and c.status_at > t.started_at)) as evse_in_use,
         (select count(*) from csms.reservations r
           where r.station_id = g.station_id and r.expires_at > g.now and r.status in ${OPEN}) as open
       from (values (?::uuid, ?::integer, ?::integer, ?::timestamptz)) as g (station_id, number, evse_id, now)`,
      station,
      wanted.number,
      wanted.evseId,
      toIso(now),
    ),
  );
  return {
    numberTaken: row?.number_taken === true,
    evseReserved: row?.evse_reserved === true,
    evseInUse: row?.evse_in_use === true,
    open: Number(row?.open),
  };
}

/** Newest first, before the given id. `idToken` is folded. */
export async function listReservations(
  db: Knex,
  scope: AccessScope,
  filter: {
    readonly stationId?: string | undefined;
    readonly status?: ReservationStatus | undefined;
    readonly idToken?: string | undefined;
  },
  before: Uuid | null,
  count: number,
): Promise<ReservationRecord[]> {
  return select(
    db,
    allOf([
      scopeSql(scope, SCOPE),
      filter.stationId === undefined ? undefined : sql('s.identity = ? and s.removed_at is null', filter.stationId),
      filter.status === undefined ? undefined : sql('r.status = ?', filter.status),
      filter.idToken === undefined ? undefined : sql('r.id_token = ?', filter.idToken),
      before === null ? undefined : sql('r.id < ?::uuid', before),
    ]),
    sql('order by r.id desc limit ?', count),
  );
}

export async function findReservation(db: Knex, scope: AccessScope, id: Uuid): Promise<ReservationRecord | undefined> {
  const [found] = await select(db, allOf([scopeSql(scope, SCOPE), sql('r.id = ?::uuid', id)]), sql(''));
  return found;
}

/** The reservation that a command asks for. */
export async function findReservationOfCommand(db: Knex, commandId: Uuid): Promise<ReservationRecord | undefined> {
  const [found] = await select(db, sql('r.command_id = ?::uuid', commandId), sql(''));
  return found;
}

/** The same, locked. */
export async function lockReservationOfCommand(db: Knex, commandId: Uuid): Promise<ReservationRecord | undefined> {
  const [found] = await select(db, sql('r.command_id = ?::uuid', commandId), sql('for no key update of r'));
  return found;
}

/** The station's reservation of that number, locked: of several the one that may still be used, then the newest. */
export async function lockReservationByNumber(
  db: Knex,
  station: StationKey,
  number: number,
): Promise<ReservationRecord | undefined> {
  const [found] = await select(
    db,
    sql('r.station_id = ?::uuid and r.number = ?', station, number),
    sql(`order by r.status = 'active' desc, r.status in ${OPEN} desc, r.id desc limit 1 for no key update of r`),
  );
  return found;
}

/** Writes what has become of a reservation. The flag is set once. */
export async function changeReservation(
  db: Knex,
  id: Uuid,
  change: {
    readonly status: ReservationStatus;
    readonly refusal?: string | undefined;
    readonly flag?: string | undefined;
    /** null: it is not over. */
    readonly endedAt: Instant | null;
  },
): Promise<ReservationRecord> {
  const [row] = await query<ReservationRow>(
    db,
    sql(
      `update csms.reservations r set status = g.status, refusal = coalesce(g.refusal, r.refusal),
         ended_at = coalesce(r.ended_at, g.ended_at),
         flags = case when g.flag is null or g.flag = any (r.flags) then r.flags else r.flags || g.flag end
       from csms.stations s, (values (?::uuid, ?::text, ?::text, ?::text, ?::timestamptz)) as g (id, status, refusal, flag, ended_at)
       where r.id = g.id and s.id = r.station_id
       returning ${COLUMNS}`,
      id,
      change.status,
      change.refusal ?? null,
      change.flag ?? null,
      timestamptz(change.endedAt),
    ),
  );
  return fromRow(row as ReservationRow);
}

/** The station keeps one reservation of a number: others than this one are no more (OCPP 2.0.1 H01; 1.6 §5.13). */
export async function replaceOthers(db: Knex, record: ReservationRecord, at: Instant): Promise<ReservationRecord[]> {
  const rows = await query<ReservationRow>(
    db,
    sql(
      `update csms.reservations r set status = 'removed', ended_at = ?::timestamptz
       from csms.stations s
       where r.station_id = ?::uuid and r.number = ? and r.id <> ?::uuid and r.status in ('active', 'unknown') and s.id = r.station_id
       returning ${COLUMNS}`,
      toIso(at),
      record.station,
      record.facts.reservationId,
      record.facts.id,
    ),
  );
  return rows.map(fromRow);
}

/** Ends reservations whose time is over; those that somebody else is changing wait for the next round. */
export async function expireReservations(db: Knex, now: Instant, count: number): Promise<ReservationRecord[]> {
  const rows = await query<ReservationRow>(
    db,
    sql(
      `update csms.reservations r set status = 'expired', ended_at = r.expires_at
       from csms.stations s, (
         select id from csms.reservations where expires_at <= ?::timestamptz and status in ${OPEN}
         order by expires_at limit ? for no key update skip locked
       ) due
       where r.id = due.id and s.id = r.station_id
       returning ${COLUMNS}`,
      toIso(now),
      count,
    ),
  );
  return rows.map(fromRow);
}

/** Marks reservations whose command has ended without anybody telling how: the process that had sent it has died. */
export async function doubtReservations(db: Knex, count: number): Promise<ReservationRecord[]> {
  const rows = await query<ReservationRow>(
    db,
    sql(
      `update csms.reservations r set status = 'unknown'
       from csms.stations s, (
         select o.id from csms.reservations o join csms.commands c on c.id = o.command_id
         where o.status = 'requested' and c.status <> 'pending'
         order by o.id limit ? for no key update of o skip locked
       ) lost
       where r.id = lost.id and s.id = r.station_id
       returning ${COLUMNS}`,
      count,
    ),
  );
  return rows.map(fromRow);
}

/** The most serious status that the connectors of these EVSEs show now, by `<station> <EVSE>`. */
export async function readEvseStatuses(
  db: Knex,
  evses: readonly { readonly station: StationKey; readonly evseId: number }[],
): Promise<Map<string, ConnectorStatus>> {
  const rows = await query<{ station_id: string; evse_id: number; status: ConnectorStatus }>(
    db,
    sql(
      `select c.station_id, c.evse_id,
         (array_agg(c.status order by array_position(array['Faulted', 'Unavailable', 'Occupied', 'Reserved', 'Available'], c.status)))[1]
           as status
       from unnest(?::uuid[], ?::int[]) as g (station_id, evse_id)
       join csms.connectors c on c.station_id = g.station_id and c.evse_id = g.evse_id
       group by c.station_id, c.evse_id`,
      evses.map(({ station }) => station),
      evses.map(({ evseId }) => evseId),
    ),
  );
  return new Map(rows.map((row) => [evseKey(row.station_id, row.evse_id), row.status]));
}

/** Key of {@link readEvseStatuses}. */
export function evseKey(station: StationKey, evseId: number): string {
  return `${station} ${evseId}`;
}

async function select(db: Knex, condition: Sql, rest: Sql): Promise<ReservationRecord[]> {
  const rows = await query<ReservationRow>(
    db,
    sql(`select ${COLUMNS} from ${FROM} where ${condition.text} ${rest.text}`, ...condition.values, ...rest.values),
  );
  return rows.map(fromRow);
}

function fromRow(row: ReservationRow): ReservationRecord {
  return {
    station: row.station_id,
    facts: {
      id: row.id,
      organizationId: row.organization_id,
      siteId: row.site_id,
      stationId: row.identity,
      reservationId: row.number,
      evseId: row.evse_id,
      connectorType: row.connector_type,
      idToken: row.display_id_token,
      groupIdToken: row.display_group_id_token,
      status: row.status,
      refusal: row.refusal,
      flags: row.flags,
      commandId: row.command_id,
      transactionId: row.transaction_id,
      createdBy: row.created_by,
      createdAt: isoOf(row.created_at),
      expiresAt: isoOf(row.expires_at),
      endedAt: isoOrNull(row.ended_at),
    },
  };
}
