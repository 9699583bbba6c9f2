import { scaleDecimal } from '@voltpile/kernel/units';
import type { Tariff } from '../contract/tariff.ts';
import { type PreviewSession, type PricedSession, SECOND_PLACES } from '../contract/tariff-preview.ts';
import type { SelectedPeriod } from './charges.ts';
import { compileTariff, energyUnits, millionths } from './compile-tariff.ts';
import { pricePeriods, showPrice } from './price-periods.ts';
import { selectComponents } from './select-components.ts';
import { ZoneClock } from './zone-clock.ts';

/**
 * What a session costs under a tariff when its periods are taken as they are given: none is split, each is priced by how things are at its start.
 */
export function priceSession(tariff: Tariff, session: PreviewSession): PricedSession {
  const compiled = compileTariff(tariff);
  const clock = new ZoneClock(session.time_zone);
  const sessionStart = Date.parse(session.start);
  let before = 0n;
  const periods = session.periods.map((period): SelectedPeriod => {
    const start = Date.parse(period.start);
    const energy = energyUnits(period.energy_kwh ?? '0');
    const selection = selectComponents(compiled, {
      local: clock.at(start),
      elapsedMs: start - sessionStart,
      energy: before,
      current: millionths(period.current_a),
      power: millionths(period.power_kw),
      reservation: period.reservation,
    });
    before += energy;
    return {
      selection,
      energy,
      charging: timeUnits(period.time_s),
      parking: timeUnits(period.parking_s),
    };
  });
  return showPrice(pricePeriods(compiled, periods));
}

function timeUnits(seconds: string | undefined): bigint {
  return seconds === undefined ? 0n : (scaleDecimal(seconds, SECOND_PLACES) ?? 0n);
}
