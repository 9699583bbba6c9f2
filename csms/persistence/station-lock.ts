import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';

/** Where a station belongs, and its identity. */
export interface StationPlace {
  readonly station: StationKey;
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
}

/**
 * The station's row, locked until the end of the transaction: whoever changes what a station holds (reservations, profiles, limits) does so
 * one after the other.
 *
 * @returns undefined when there is no such station
 */
export async function lockStation(db: Knex, station: StationKey): Promise<StationPlace | undefined> {
  const [row] = await query<{ identity: string; organization_id: Uuid; site_id: Uuid }>(
    db,
    sql('select identity, organization_id, site_id from csms.stations where id = ?::uuid for no key update', station),
  );
  if (row === undefined) return undefined;
  return { station, stationId: row.identity, organizationId: row.organization_id, siteId: row.site_id };
}
