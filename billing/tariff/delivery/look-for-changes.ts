import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { noteWanted } from './change-deliveries.ts';
import { TELL_PRICES } from './command-end.ts';
import type { DeliveryDependencies } from './deliver-tariff.ts';
import { wakeDeliveries } from './deliveries-repository.ts';
import { wantedTariffs } from './wanted-tariffs.ts';

const PAGE = 500;

/**
 * Works out what every station that can be told prices should be told now: versions come into effect, assignments begin and end, stations come and
 * move. Stations that have connected without word of it are looked at.
 */
export async function lookForChanges(dependencies: DeliveryDependencies, signal: AbortSignal): Promise<void> {
  const { knex, clock, ports } = dependencies;
  let cursor: string | undefined;
  while (!signal.aborted) {
    const page = await ports.stations.list(EVERYTHING, { capability: TELL_PRICES }, { limit: PAGE, cursor });
    const places = page.items.map(({ id: stationId, organizationId, siteId }) => ({
      stationId,
      organizationId,
      siteId,
    }));
    const wanted = await wantedTariffs(dependencies, places);
    const deliveries = await noteWanted(knex, wanted, clock.now());
    const missed = page.items.filter(({ id, online }) => online && deliveries.get(id)?.dueAt === null);
    await withDatabaseErrors(() =>
      wakeDeliveries(
        knex,
        missed.map(({ id }) => id),
        clock.now(),
      ),
    );
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
