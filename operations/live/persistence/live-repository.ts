import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { LiveFilter } from '../../contract/live.ts';
import { type StationPicture, stationState, tallyOf } from '../picture.ts';

/** A station's picture, and where it stands. */
export interface LiveStation {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** An event up to this one is in the picture already. */
  readonly lastEventId: bigint;
  readonly changedAt: Instant;
  readonly picture: StationPicture;
}

interface Row {
  readonly station_id: string;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly last_event_id: string;
  readonly changed_at: Date;
  readonly picture: StationPicture;
}

const stations = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('live_stations');
const COLUMNS = ['station_id', 'organization_id', 'site_id', 'last_event_id', 'changed_at', 'picture'] as const;

/** Locks the stations' rows until the end of the transaction, in one order. */
export async function lockStations(
  transaction: Knex.Transaction,
  stationIds: readonly string[],
): Promise<LiveStation[]> {
  const rows: Row[] = await stations(transaction)
    .whereRaw('station_id = any(?::text[])', [[...stationIds]])
    .orderBy('station_id')
    .forUpdate()
    .select(...COLUMNS);
  return rows.map(fromRow);
}

/** Those of them that have no picture yet. */
export async function withoutPicture(db: Knex, stationIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select id from unnest(?::text[]) as given (id)
     where not exists (select from operations.live_stations s where s.station_id = given.id) order by id`,
    [[...stationIds]],
  );
  return rows.map(({ id }) => id);
}

/** Writes pictures, in one order. One that knows a newer event already stays as it is. */
export async function storeStations(db: Knex, given: readonly LiveStation[]): Promise<void> {
  if (given.length === 0) return;
  const rows = [...given].sort((one, other) => (one.stationId < other.stationId ? -1 : 1)).map(toRow);
  await stations(db)
    .insert(rows)
    .onConflict('station_id')
    .merge()
    .whereRaw('live_stations.last_event_id < excluded.last_event_id');
}

/** Writes pictures of stations that have none. */
export async function addStations(db: Knex, given: readonly LiveStation[]): Promise<void> {
  if (given.length > 0) await stations(db).insert(given.map(toRow)).onConflict('station_id').ignore();
}

export async function removeStations(db: Knex, stationIds: readonly string[]): Promise<void> {
  if (stationIds.length > 0)
    await stations(db)
      .whereRaw('station_id = any(?::text[])', [[...stationIds]])
      .delete();
}

/** In the order of their identities. */
export async function listStations(
  db: Knex,
  scope: AccessScope,
  { siteId, state, search }: LiveFilter,
  after: string | null,
  count: number,
): Promise<LiveStation[]> {
  const query = stations(db).modify(withinScope(scope)).orderByRaw('station_id collate "C"').limit(count);
  if (siteId !== undefined) query.where('site_id', siteId);
  if (state !== undefined) query.where('state', state);
  if (search !== undefined) query.whereRaw('strpos(lower(station_id), lower(?)) > 0', [search]);
  if (after !== null) query.whereRaw('station_id collate "C" > ?', [after]);
  const rows: Row[] = await query.select(...COLUMNS);
  return rows.map(fromRow);
}

export async function findStation(db: Knex, scope: AccessScope, stationId: string): Promise<LiveStation | undefined> {
  const row: Row | undefined = await stations(db)
    .modify(withinScope(scope))
    .where('station_id', stationId)
    .first(...COLUMNS);
  return row === undefined ? undefined : fromRow(row);
}

function toRow({ stationId, organizationId, siteId, lastEventId, changedAt, picture }: LiveStation): object {
  return {
    station_id: stationId,
    organization_id: organizationId,
    site_id: siteId,
    last_event_id: String(lastEventId),
    state: stationState(picture),
    is_online: picture.isOnline,
    ...tallyOf(picture),
    changed_at: toIso(changedAt),
    // Something may be wrong now, or not any more.
    check_at: toIso(changedAt),
    picture: JSON.stringify(picture),
  };
}

function fromRow(row: Row): LiveStation {
  return {
    stationId: row.station_id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    lastEventId: BigInt(row.last_event_id),
    changedAt: row.changed_at.getTime() as Instant,
    picture: row.picture,
  };
}
