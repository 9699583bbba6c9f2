import type { StationPlace } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import type { HalfHourModel } from '../../contract/half-hour-tariff.ts';
import { EVERYBODY, type FoundTariff, type TariffFinder } from '../tariff-finder.ts';
import type { Wanted } from './delivery.ts';
import { tariffDigest } from './tariff-digest.ts';

/** What a station should be told now, with the prices themselves; null: none. */
export interface WantedTariff extends Wanted {
  readonly tariff: HalfHourModel | null;
}

/** What holds for everybody at these stations now: the same that they are told when they ask. */
export async function wantedTariffs(
  { finder, clock }: { readonly finder: TariffFinder; readonly clock: Clock },
  places: readonly StationPlace[],
): Promise<WantedTariff[]> {
  const at = clock.now();
  const found = await finder.tariffsFor(places.map((place) => ({ ...place, ...EVERYBODY, at })));
  return places.map((place, index) => wantedOf(place, found[index] ?? null));
}

function wantedOf({ organizationId, siteId, stationId }: StationPlace, found: FoundTariff | null): WantedTariff {
  const place = { organizationId, siteId, stationId };
  if (found === null) {
    const problem = 'no tariff is assigned for everybody at this station';
    return { ...place, versionId: null, digest: null, problem, tariff: null };
  }
  const { versionId, halfHourModel: tariff, halfHourProblem: problem } = found;
  return { ...place, versionId, digest: tariff === null ? null : tariffDigest(tariff), problem, tariff };
}
