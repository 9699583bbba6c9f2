import type { StationPlace, StationTariff } from '@voltpile/csms/contract/station-tariff';
import { changeDelivery, noteWanted } from './change-deliveries.ts';
import type { DeliveryDependencies } from './deliver-tariff.ts';
import { told } from './delivery-rules.ts';
import { tariffDigest } from './tariff-digest.ts';
import { wantedTariffs } from './wanted-tariffs.ts';

/**
 * A station has asked for its prices by itself: it has said that it has these, or they were written to its connection. Stations do not confirm the
 * latter, but do not charge without; so it counts until they are seen to have others.
 *
 * @param tariff null: it has others than ours
 */
export async function noteTaken(
  dependencies: Pick<DeliveryDependencies, 'knex' | 'clock' | 'finder'>,
  place: StationPlace,
  tariff: StationTariff | null,
): Promise<void> {
  const { knex, clock } = dependencies;
  const now = clock.now();
  const what = { digest: tariff === null ? null : tariffDigest(tariff), by: 'asking', at: now } as const;
  const note = () => changeDelivery(knex, place.stationId, now, (one) => told(one, what, now));
  if ((await note()) !== undefined) return;
  // It is the first that is heard of this station.
  await noteWanted(knex, await wantedTariffs(dependencies, [place]), now);
  await note();
}
