import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import type { TariffFinder } from './tariff-finder.ts';

/** A station is told one tariff for all of its EVSEs and drivers: the one that holds for everybody at the station now. */
export function createStationTariffs(finder: TariffFinder, clock: Clock): StationTariffsPort {
  return {
    async tariffOf(place) {
      const nobody = { evseId: null, accountId: null, accountGroupId: null, partnerId: null };
      const found = await finder.tariffFor({ ...place, ...nobody, at: clock.now() });
      return found?.halfHourModel ?? null;
    },
  };
}
