import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { StationPicture } from '../../live/picture.ts';

/** A station whose alarms are to be looked at. */
export interface DueStation {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly picture: StationPicture;
}

/** Stations that are due, locked until the end of the transaction; those that somebody else has at hand are left to them. */
export async function claimDue(transaction: Knex.Transaction, now: Instant, count: number): Promise<DueStation[]> {
  const { rows } = await transaction.raw<{
    rows: { station_id: string; organization_id: Uuid; site_id: Uuid; picture: StationPicture }[];
  }>(
    `select station_id, organization_id, site_id, picture from operations.live_stations
     where check_at <= ?::timestamptz order by check_at limit ? for update skip locked`,
    [toIso(now), count],
  );
  return rows.map((row) => ({
    stationId: row.station_id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    picture: row.picture,
  }));
}

/** When stations are to be looked at again; null: when they tell something. */
export async function setChecks(
  db: Knex,
  checks: readonly { readonly stationId: string; readonly at: Instant | null }[],
): Promise<void> {
  if (checks.length === 0) return;
  await db.raw(
    `update operations.live_stations s set check_at = w.at from unnest(?::text[], ?::timestamptz[]) as w (station_id, at)
     where s.station_id = w.station_id`,
    [checks.map(({ stationId }) => stationId), checks.map(({ at }) => (at === null ? null : toIso(at))) as string[]],
  );
}

export async function nextCheck(db: Knex): Promise<Date | null> {
  const { rows } = await db.raw<{ rows: { at: Date | null }[] }>(
    'select min(check_at) as at from operations.live_stations where check_at is not null',
  );
  return rows[0]?.at ?? null;
}
