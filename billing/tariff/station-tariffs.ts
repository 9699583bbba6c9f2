import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import { EVERYBODY, type TariffFinder } from './tariff-finder.ts';

/** A station is told one tariff for all of its EVSEs and drivers: the one that holds for everybody at the station now. */
export function createStationTariffs(finder: TariffFinder, clock: Clock): Pick<StationTariffsPort, 'tariffOf'> {
  return {
    async tariffOf(place) {
      const [found] = await finder.tariffsFor([{ ...place, ...EVERYBODY, at: clock.now() }]);
      return found?.halfHourModel ?? null;
    },
  };
}
