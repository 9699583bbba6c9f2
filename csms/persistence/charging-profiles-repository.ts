import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { ChargingProfileView, ProfileClearReason } from '../contract/charging-profiles-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { plainArray, textArray } from './array-literal.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, type Sql, sql } from './sql.ts';
import type { StationPlace } from './station-lock.ts';
import { storableJson } from './storable-text.ts';
import { isoOrNull } from './timestamps.ts';

/** Who sets our profiles, in the words of OCPP 2.0.1 ChargingLimitSourceEnumType. */
export const OUR_SOURCE = 'CSO';

/** A transaction that a TxProfile may be for. */
export interface ProfileTransaction {
  /** The station's number of it. */
  readonly number: string;
  /** null while it is not known. */
  readonly evseId: number | null;
  readonly status: 'active' | 'ended';
}

export async function findProfileTransaction(
  db: Knex,
  station: StationKey,
  transactionId: Uuid,
): Promise<ProfileTransaction | undefined> {
  const [row] = await query<{ station_transaction_id: string; evse_id: number | null; status: 'active' | 'ended' }>(
    db,
    sql(
      `select station_transaction_id, evse_id, status from csms.transactions where id = ?::uuid and station_id = ?::uuid`,
      transactionId,
      station,
    ),
  );
  return row === undefined
    ? undefined
    : { number: row.station_transaction_id, evseId: row.evse_id, status: row.status };
}

/** Which profiles are meant: those that match all that is given. */
export interface ProfileCriteria {
  readonly profileIds?: readonly number[] | undefined;
  readonly evseId?: number | undefined;
  readonly purpose?: string | undefined;
  readonly stackLevel?: number | undefined;
  readonly sources?: readonly string[] | undefined;
}

/** A profile that the station has taken from us. */
export interface SetProfile {
  readonly evseId: number | null;
  readonly profileId: number;
  readonly purpose: string;
  readonly stackLevel: number;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly transactionId: Uuid | null;
  /** The start command that carries the profile. */
  readonly startCommandId: Uuid | null;
  readonly setAt: Instant;
}

/** Stores a profile that is set, in place of what it replaces: the same id, or the same purpose, stack level, EVSE (and transaction). */
export async function storeSetProfile(db: Knex, place: StationPlace, set: SetProfile): Promise<void> {
  await query(
    db,
    sql(
      `update csms.charging_profiles p set cleared_at = ?::timestamptz, clear_reason = 'replaced'
       where p.station_id = ?::uuid and p.source = ? and p.cleared_at is null
         and (p.profile_id = ? or (p.purpose = ? and p.stack_level = ? and p.evse_id = ?
           and p.transaction_id is not distinct from ?::uuid))`,
      toIso(set.setAt),
      place.station,
      OUR_SOURCE,
      set.profileId,
      set.purpose,
      set.stackLevel,
      set.evseId,
      set.transactionId,
    ),
  );
  await query(
    db,
    sql(
      `insert into csms.charging_profiles (id, organization_id, site_id, station_id, evse_id, profile_id, source, purpose, stack_level,
         profile, transaction_id, intent_id, set_at)
       values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?::jsonb, ?::uuid,
         (select c.intent_id from csms.commands c where c.id = ?::uuid), ?::timestamptz)`,
      uuidv7(),
      place.organizationId,
      place.siteId,
      place.station,
      set.evseId,
      set.profileId,
      OUR_SOURCE,
      set.purpose,
      set.stackLevel,
      storableJson(set.profile),
      set.transactionId,
      set.startCommandId,
      toIso(set.setAt),
    ),
  );
}

/** A profile as a station reports it. */
export interface ReportedProfile {
  readonly profileId: number;
  readonly purpose: string;
  readonly stackLevel: number | null;
  /** The station's number of the transaction. */
  readonly stationTransactionId: string | null;
  readonly profile: Readonly<Record<string, unknown>>;
}

/**
 * Stores profiles that the station says it holds: those that are known are confirmed and follow the station's word, the others are new. A
 * profile of ours is known by its id alone, one of somebody else within its source and EVSE.
 */
export async function storeReportedProfiles(
  db: Knex,
  place: StationPlace,
  part: { readonly requestId: number; readonly evseId: number; readonly source: string; readonly reportedAt: Instant },
  profiles: readonly ReportedProfile[],
): Promise<void> {
  if (profiles.length === 0) return;
  await query(
    db,
    sql(
      `with part as (
         select * from (values (?::uuid, ?::uuid, ?::uuid, ?::integer, ?::text, ?::integer, ?::timestamptz))
           as g (organization_id, site_id, station_id, evse_id, source, report_id, reported_at)
       ), told as (
         select distinct on (g.profile_id) g.*, t.id as transaction_id
         from unnest(?::uuid[], ?::integer[], ?::text[], ?::integer[], ?::text[], ?::jsonb[])
           as g (id, profile_id, purpose, stack_level, station_transaction_id, profile)
         cross join part
         left join lateral (select t.id from csms.transactions t where t.station_id = part.station_id
           and t.station_transaction_id = g.station_transaction_id and t.origin = 'reported' offset 0) t on true
         order by g.profile_id, g.id desc
       ), known as (
         update csms.charging_profiles p set evse_id = part.evse_id, purpose = told.purpose, stack_level = told.stack_level,
           profile = told.profile, transaction_id = coalesce(told.transaction_id, p.transaction_id), reported_at = part.reported_at,
           report_id = part.report_id
         from told, part
         where p.station_id = part.station_id and p.profile_id = told.profile_id and p.source = part.source and p.cleared_at is null
           and (p.source = '${OUR_SOURCE}' or p.evse_id = part.evse_id)
         returning p.profile_id
       )
       insert into csms.charging_profiles (id, organization_id, site_id, station_id, evse_id, profile_id, source, purpose, stack_level,
         profile, transaction_id, reported_at, report_id)
       select told.id, part.organization_id, part.site_id, part.station_id, part.evse_id, told.profile_id, part.source, told.purpose,
         told.stack_level, told.profile, told.transaction_id, part.reported_at, part.report_id
       from told, part where told.profile_id not in (select profile_id from known)`,
      place.organizationId,
      place.siteId,
      place.station,
      part.evseId,
      part.source,
      part.requestId,
      toIso(part.reportedAt),
      plainArray(profiles.map(() => uuidv7())),
      plainArray(profiles.map(({ profileId }) => profileId)),
      textArray(profiles.map(({ purpose }) => purpose)),
      plainArray(profiles.map(({ stackLevel }) => stackLevel)),
      textArray(profiles.map(({ stationTransactionId }) => stationTransactionId)),
      textArray(profiles.map(({ profile }) => storableJson(profile))),
    ),
  );
}

/**
 * Marks the profiles that match as gone.
 *
 * @param exceptReport leaves those alone that this report has named, and those that were set after it had been asked for
 */
export async function clearProfiles(
  db: Knex,
  station: StationKey,
  criteria: ProfileCriteria,
  cleared: { readonly at: Instant; readonly reason: ProfileClearReason },
  exceptReport?: { readonly requestId: number; readonly requestedAt: Instant },
): Promise<number> {
  const condition = allOf([
    sql('p.station_id = ?::uuid and p.cleared_at is null', station),
    criteria.profileIds === undefined ? undefined : sql('p.profile_id = any (?::integer[])', [...criteria.profileIds]),
    criteria.evseId === undefined ? undefined : sql('p.evse_id = ?', criteria.evseId),
    criteria.purpose === undefined ? undefined : sql('p.purpose = ?', criteria.purpose),
    criteria.stackLevel === undefined ? undefined : sql('p.stack_level = ?', criteria.stackLevel),
    criteria.sources === undefined ? undefined : sql('p.source = any (?::text[])', [...criteria.sources]),
    exceptReport === undefined
      ? undefined
      : sql(
          'p.report_id is distinct from ? and coalesce(p.set_at, p.reported_at) < ?::timestamptz',
          exceptReport.requestId,
          toIso(exceptReport.requestedAt),
        ),
  ]);
  const rows = await query(
    db,
    sql(
      `update csms.charging_profiles p set cleared_at = ?::timestamptz, clear_reason = ? where ${condition.text} returning p.id`,
      toIso(cleared.at),
      cleared.reason,
      ...condition.values,
    ),
  );
  return rows.length;
}

/** What a station was asked to report. */
export interface ProfileRequest {
  readonly criteria: ProfileCriteria;
  readonly requestedAt: Instant;
}

/** Remembers a request before it is sent. One of the same number before it is forgotten, with what it was answered. */
export async function storeProfileRequest(
  db: Knex,
  station: StationKey,
  requestId: number,
  request: ProfileRequest & { readonly commandId: Uuid },
): Promise<void> {
  await query(
    db,
    sql(
      `update csms.charging_profiles set report_id = null where station_id = ?::uuid and cleared_at is null and report_id = ?`,
      station,
      requestId,
    ),
  );
  await query(
    db,
    sql(
      `insert into csms.charging_profile_requests (station_id, request_id, command_id, criteria, requested_at)
       values (?::uuid, ?, ?::uuid, ?::jsonb, ?::timestamptz)
       on conflict (station_id, request_id) do update set command_id = excluded.command_id, criteria = excluded.criteria,
         requested_at = excluded.requested_at, completed_at = null`,
      station,
      requestId,
      request.commandId,
      storableJson(request.criteria),
      toIso(request.requestedAt),
    ),
  );
}

/** Marks a request as answered completely; undefined when we made no such request, or it had been answered before. */
export async function completeProfileRequest(
  db: Knex,
  station: StationKey,
  requestId: number,
  at: Instant,
): Promise<ProfileRequest | undefined> {
  const [row] = await query<{ criteria: ProfileCriteria; requested_at: Date }>(
    db,
    sql(
      `update csms.charging_profile_requests set completed_at = ?::timestamptz
       where station_id = ?::uuid and request_id = ? and completed_at is null returning criteria, requested_at`,
      toIso(at),
      station,
      requestId,
    ),
  );
  return row === undefined ? undefined : { criteria: row.criteria, requestedAt: row.requested_at.getTime() as Instant };
}

/*
 * A TxProfile is over with its transaction, at once; the rows follow from time to time. One that came with a start command belongs to the
 * transaction that the command's intent has led to.
 */
const FROM = `csms.charging_profiles p
  join csms.stations s on s.id = p.station_id
  left join csms.start_intents n on n.id = p.intent_id
  left join csms.transactions t on t.id = coalesce(p.transaction_id, n.transaction_id)`;
const NOT_STARTED = `(p.intent_id is not null and t.id is null and coalesce(n.status, 'expired') in ('expired', 'refused'))`;
const CLEAR_REASON = `case when p.cleared_at is not null then p.clear_reason when t.status = 'ended' then 'transaction-ended'
  when ${NOT_STARTED} then 'not-started' end`;
const CLEARED_AT = `case when p.cleared_at is not null then p.cleared_at when t.status = 'ended' then coalesce(t.ended_at, p.set_at)
  when ${NOT_STARTED} then greatest(n.expires_at, p.set_at) end`;

/**
 * Ends TxProfiles whose transactions are over, and those whose start came to nothing.
 *
 * @returns how many
 */
export async function endTxProfiles(db: Knex, count: number): Promise<number> {
  const rows = await query(
    db,
    sql(
      `with due as (
         select p.id, t.id as transaction_id, ${CLEARED_AT} as cleared_at, ${CLEAR_REASON} as clear_reason
         from ${FROM}
         where p.cleared_at is null and p.purpose = 'TxProfile' and (t.status = 'ended' or ${NOT_STARTED})
         order by p.id limit ? for no key update of p skip locked
       )
       update csms.charging_profiles p set cleared_at = due.cleared_at, clear_reason = due.clear_reason,
         transaction_id = coalesce(p.transaction_id, due.transaction_id)
       from due where p.id = due.id returning p.id`,
      count,
    ),
  );
  return rows.length;
}

interface ProfileRow {
  readonly id: Uuid;
  readonly identity: string;
  readonly evse_id: number | null;
  readonly source: string;
  readonly profile_id: number;
  readonly purpose: string;
  readonly stack_level: number | null;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly transaction_id: Uuid | null;
  readonly set_at: Date | null;
  readonly reported_at: Date | null;
  readonly cleared_at: Date | null;
  readonly clear_reason: ProfileClearReason | null;
}

/** Profiles of a station, newest first, before the given id. */
export async function listProfiles(
  db: Knex,
  scope: AccessScope,
  station: StationKey,
  filter: {
    readonly evseId?: number | undefined;
    readonly chargingProfilePurpose?: string | undefined;
    readonly stackLevel?: number | undefined;
    readonly source?: string | undefined;
    readonly transactionId?: Uuid | undefined;
    readonly history?: boolean | undefined;
  },
  before: Uuid | null,
  count: number,
): Promise<ChargingProfileView[]> {
  const condition: Sql = allOf([
    sql('p.station_id = ?::uuid', station),
    scopeSql(scope, { organization: 'p.organization_id', site: 'p.site_id' }),
    filter.history === true ? undefined : sql(`(${CLEAR_REASON}) is null`),
    filter.evseId === undefined ? undefined : sql('p.evse_id = ?', filter.evseId),
    filter.chargingProfilePurpose === undefined ? undefined : sql('p.purpose = ?', filter.chargingProfilePurpose),
    filter.stackLevel === undefined ? undefined : sql('p.stack_level = ?', filter.stackLevel),
    filter.source === undefined ? undefined : sql('p.source = ?', filter.source),
    filter.transactionId === undefined ? undefined : sql('t.id = ?::uuid', filter.transactionId),
    before === null ? undefined : sql('p.id < ?::uuid', before),
  ]);
  const rows = await query<ProfileRow>(
    db,
    sql(
      `select p.id, s.identity, p.evse_id, p.source, p.profile_id, p.purpose, p.stack_level, p.profile,
         coalesce(p.transaction_id, t.id) as transaction_id, p.set_at, p.reported_at, ${CLEARED_AT} as cleared_at,
         ${CLEAR_REASON} as clear_reason
       from ${FROM} where ${condition.text} order by p.id desc limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map((row) => ({
    id: row.id,
    stationId: row.identity,
    evseId: row.evse_id,
    source: row.source,
    chargingProfileId: row.profile_id,
    chargingProfilePurpose: row.purpose,
    stackLevel: row.stack_level,
    chargingProfile: row.profile,
    transactionId: row.transaction_id,
    setAt: isoOrNull(row.set_at),
    reportedAt: isoOrNull(row.reported_at),
    clearedAt: isoOrNull(row.cleared_at),
    clearReason: row.clear_reason,
  }));
}
