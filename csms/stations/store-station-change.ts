import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { lockStation, type StationPlace } from '../persistence/station-lock.ts';
import type { FactEvent } from './fact-event.ts';
import { stationUnknown } from './station-writer.ts';

export interface StationChangeDependencies {
  readonly knex: Knex;
  /** Called after a commit that has left events. */
  readonly onEvents: () => void;
}

/**
 * Carries out what a station's message changes, with the events that tell of it, in a transaction of its own that holds the station's lock.
 * For messages that are rare; what comes all the time shares commits ({@link StationWriter}).
 *
 * @throws NotFound `station.not_found`; Unavailable `database.unavailable`
 */
export async function storeStationChange(
  { knex, onEvents }: StationChangeDependencies,
  station: StationKey,
  change: (trx: Knex, place: StationPlace) => Promise<readonly FactEvent[]>,
): Promise<void> {
  const told = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      const place = await lockStation(trx, station);
      if (place === undefined) throw stationUnknown({ stationId: station });
      const events = await change(trx, place);
      const { organizationId, siteId, stationId } = place;
      await insertEvents(
        trx,
        events.map((event) => ({ ...event, organizationId, siteId, stationId })),
      );
      return events.length;
    }),
  );
  if (told > 0) onEvents();
}
