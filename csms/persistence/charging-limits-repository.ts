import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { ChargingLimitView } from '../contract/charging-profiles-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, type Sql, sql } from './sql.ts';
import type { StationPlace } from './station-lock.ts';
import { storableJson } from './storable-text.ts';
import { isoOf, isoOrNull } from './timestamps.ts';

type Schedules = readonly Readonly<Record<string, unknown>>[];

interface LimitRow {
  readonly id: Uuid;
  readonly identity: string;
  readonly evse_id: number | null;
  readonly source: string;
  readonly grid_critical: boolean | null;
  readonly schedules: Schedules | null;
  readonly set_at: Date;
  readonly reported_at: Date;
  readonly cleared_at: Date | null;
  readonly flags: string[];
}

const COLUMNS = `l.id, s.identity, l.evse_id, l.source, l.grid_critical, l.schedules, l.set_at, l.reported_at, l.cleared_at, l.flags`;
const FROM = 'csms.charging_limits l join csms.stations s on s.id = l.station_id';

export interface NewLimit {
  /** null: the station as a whole. */
  readonly evseId: number | null;
  readonly source: string;
  readonly gridCritical: boolean | null;
  readonly schedules: Schedules | null;
  readonly at: Instant;
  readonly flags: readonly string[];
}

/**
 * Stores a limit that holds from now on. Of each source there is one for each EVSE and one for the station: the former one is over. The same
 * limit told again is no news.
 *
 * @returns undefined when it was known
 */
export async function storeLimit(
  db: Knex,
  place: StationPlace,
  limit: NewLimit,
): Promise<ChargingLimitView | undefined> {
  const { evseId, source, gridCritical, at, flags } = limit;
  const schedules = limit.schedules === null ? null : storableJson(limit.schedules);
  const known = await query(
    db,
    sql(
      `update csms.charging_limits set reported_at = ?::timestamptz
       where station_id = ?::uuid and source = ? and evse_id is not distinct from ?::integer and cleared_at is null
         and grid_critical is not distinct from ?::boolean and schedules is not distinct from ?::jsonb
       returning id`,
      toIso(at),
      place.station,
      source,
      evseId,
      gridCritical,
      schedules,
    ),
  );
  if (known.length > 0) return undefined;
  await query(
    db,
    sql(
      `update csms.charging_limits set cleared_at = ?::timestamptz, clear_reason = 'replaced'
       where station_id = ?::uuid and source = ? and evse_id is not distinct from ?::integer and cleared_at is null`,
      toIso(at),
      place.station,
      source,
      evseId,
    ),
  );
  return insert(db, place, { evseId, source, gridCritical, schedules, at, clearedAt: null, flags });
}

/**
 * Ends what a source has limited: at one EVSE, or (null) at the station and all of its EVSEs.
 *
 * @returns the limits that are over
 */
export async function clearLimits(
  db: Knex,
  place: StationPlace,
  cleared: { readonly evseId: number | null; readonly source: string; readonly at: Instant },
): Promise<ChargingLimitView[]> {
  const rows = await query<LimitRow>(
    db,
    sql(
      `update csms.charging_limits l set cleared_at = ?::timestamptz, clear_reason = 'cleared'
       from csms.stations s
       where l.station_id = ?::uuid and l.source = ? and (?::integer is null or l.evse_id = ?::integer) and l.cleared_at is null
         and s.id = l.station_id
       returning ${COLUMNS}`,
      toIso(cleared.at),
      place.station,
      cleared.source,
      cleared.evseId,
      cleared.evseId,
    ),
  );
  return rows.map(fromRow);
}

/**
 * Keeps the end of a limit whose beginning nobody told us, unless the last thing we know of it is that it ended.
 *
 * @returns undefined when it was known
 */
export async function storeUnseenLimit(
  db: Knex,
  place: StationPlace,
  cleared: {
    readonly evseId: number | null;
    readonly source: string;
    readonly at: Instant;
    readonly flags: readonly string[];
  },
): Promise<ChargingLimitView | undefined> {
  const [known] = await query(
    db,
    sql(
      `select id from csms.charging_limits where station_id = ?::uuid and source = ? and evse_id is not distinct from ?::integer limit 1`,
      place.station,
      cleared.source,
      cleared.evseId,
    ),
  );
  if (known !== undefined) return undefined;
  const { evseId, source, at, flags } = cleared;
  return insert(db, place, {
    evseId,
    source,
    gridCritical: null,
    schedules: null,
    at,
    clearedAt: at,
    flags: ['limit-unseen', ...flags],
  });
}

async function insert(
  db: Knex,
  place: StationPlace,
  limit: Omit<NewLimit, 'schedules'> & { readonly schedules: string | null; readonly clearedAt: Instant | null },
): Promise<ChargingLimitView> {
  const clearedAt = limit.clearedAt === null ? null : toIso(limit.clearedAt);
  const [row] = await query<LimitRow>(
    db,
    sql(
      `with l as (
         insert into csms.charging_limits (id, organization_id, site_id, station_id, evse_id, source, grid_critical, schedules, set_at,
           reported_at, cleared_at, clear_reason, flags)
         values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, ?::jsonb, ?::timestamptz, ?::timestamptz, ?::timestamptz, ?, ?::text[])
         returning *
       )
       select ${COLUMNS} from l join csms.stations s on s.id = l.station_id`,
      uuidv7(),
      place.organizationId,
      place.siteId,
      place.station,
      limit.evseId,
      limit.source,
      limit.gridCritical,
      limit.schedules,
      toIso(limit.at),
      toIso(limit.at),
      clearedAt,
      clearedAt === null ? null : 'cleared',
      [...limit.flags],
    ),
  );
  return fromRow(row as LimitRow);
}

/** Limits at a station, newest first, before the given id. */
export async function listLimits(
  db: Knex,
  scope: AccessScope,
  station: StationKey,
  filter: {
    readonly evseId?: number | undefined;
    readonly source?: string | undefined;
    readonly history?: boolean | undefined;
  },
  before: Uuid | null,
  count: number,
): Promise<ChargingLimitView[]> {
  const condition: Sql = allOf([
    sql('l.station_id = ?::uuid', station),
    scopeSql(scope, { organization: 'l.organization_id', site: 'l.site_id' }),
    filter.history === true ? undefined : sql('l.cleared_at is null'),
    // 0 is what dialects call the station as a whole.
    filter.evseId === undefined ? undefined : sql('coalesce(l.evse_id, 0) = ?', filter.evseId),
    filter.source === undefined ? undefined : sql('l.source = ?', filter.source),
    before === null ? undefined : sql('l.id < ?::uuid', before),
  ]);
  const rows = await query<LimitRow>(
    db,
    sql(
      `select ${COLUMNS} from ${FROM} where ${condition.text} order by l.id desc limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

function fromRow(row: LimitRow): ChargingLimitView {
  return {
    id: row.id,
    stationId: row.identity,
    evseId: row.evse_id,
    source: row.source,
    gridCritical: row.grid_critical,
    schedules: row.schedules,
    setAt: isoOf(row.set_at),
    reportedAt: isoOf(row.reported_at),
    clearedAt: isoOrNull(row.cleared_at),
    flags: row.flags,
  };
}
