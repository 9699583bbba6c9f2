import { type Instant, toIso } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import { plainArray } from './array-literal.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';

const STATIONS_PER_STATEMENT = 5000;

/** Writes when stations were last seen, never back in time. Rows are locked by id, a few thousand at a time. */
export async function storeLastSeen(knex: Knex, seen: ReadonlyMap<StationKey, Instant>): Promise<void> {
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
          plainArray(part.map(([, at]) => toIso(at))),
        ),
      ),
    );
  }
}
