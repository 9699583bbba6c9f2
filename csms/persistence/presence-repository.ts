import { toIso } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import type { Sight } from '../stations/presence.ts';
import { plainArray } from './array-literal.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';
import { GATEWAY_GONE, GATEWAY_RESTARTED } from './station-facts-repository.ts';

const STATIONS_PER_STATEMENT = 5000;
/**
 * A gateway that is killed may be back within a second, by the clock of another host: only what was heard so much later shows that the one before lives.
 */
const RESTART_TOLERANCE = '10 seconds';

/** Writes when stations were last seen, never back in time. Rows are locked by id, a few thousand at a time. */
export async function storeLastSeen(knex: Knex, seen: ReadonlyMap<StationKey, Sight>): Promise<void> {
  const entries = [...seen].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let from = 0; from < entries.length; from += STATIONS_PER_STATEMENT) {
    const part = entries.slice(from, from + STATIONS_PER_STATEMENT);
    await withDatabaseErrors(() =>
      query(
        knex,
        sql(
          `with given as (
             select s.id, g.seen_at
             from csms.stations s join unnest(?::uuid[], ?::timestamptz[]) as g (id, seen_at) using (id)
             where s.last_seen_at is null or s.last_seen_at < g.seen_at
             order by s.id
             for no key update of s
           )
           update csms.stations s set last_seen_at = given.seen_at from given where s.id = given.id`,
          plainArray(part.map(([station]) => station)),
          plainArray(part.map(([, { at }]) => toIso(at))),
        ),
      ),
    );
  }
}

/**
 * Opens again, in the records, what was closed because its gateway was thought to be gone, or ended because another one began under its name, when the station has been heard over that very connection
 * since. The events that tell so are in the same commit.
 *
 * @returns how many were opened again
 */
export async function reopenConnections(knex: Knex, seen: ReadonlyMap<StationKey, Sight>): Promise<number> {
  const entries = [...seen];
  let count = 0;
  for (let from = 0; from < entries.length; from += STATIONS_PER_STATEMENT) {
    const part = entries.slice(from, from + STATIONS_PER_STATEMENT);
    const [row] = await withDatabaseErrors(() =>
      query<{ count: string }>(
        knex,
        sql(
          `with heard as (
             select c.station_id
             from csms.connections c
             join unnest(?::uuid[], ?::bigint[], ?::timestamptz[]) as g (station_id, epoch, seen_at) using (station_id, epoch)
             where c.disconnect_reason = ? and c.disconnected_at < g.seen_at
               or c.disconnect_reason = ? and c.disconnected_at + interval '${RESTART_TOLERANCE}' < g.seen_at
             order by c.station_id
             for no key update of c
           ), opened as (
             update csms.connections c set disconnected_at = null, disconnect_reason = null
             from heard where c.station_id = heard.station_id
             returning c.*
           ), told as (
             insert into csms.outbox (type, organization_id, site_id, station_id, data)
             select 'station.connected', s.organization_id, s.site_id, s.identity,
               json_build_object('protocol', o.protocol, 'remoteAddress', o.remote_address,
                 'securityProfile', o.security_profile, 'epoch', o.epoch,
                 'connectedAt', to_char(o.connected_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
             from opened o join csms.stations s on s.id = o.station_id
           )
           select count(*) from opened`,
          plainArray(part.map(([station]) => station)),
          plainArray(part.map(([, { epoch }]) => String(epoch))),
          plainArray(part.map(([, { at }]) => toIso(at))),
          GATEWAY_GONE,
          GATEWAY_RESTARTED,
        ),
      ),
    );
    count += Number(row?.count);
  }
  return count;
}
