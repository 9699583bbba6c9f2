import type { PreviewSession, PreviewTariff, PriceComponent, SessionPeriod } from '../contract/tariff-preview.ts';
import { LocalClock } from './local-time.ts';
import { type Moment, matches } from './matches.ts';
import { Rational } from './rational.ts';

/** What a component prices, and where. */
export interface Charge {
  readonly component: PriceComponent;
  /** kWh, seconds, or 1. */
  readonly quantity: Rational;
  readonly period: number;
  readonly isReservation: boolean;
}

/**
 * Finds for each period and dimension the component that prices it: that of the first element that holds at the period's start and has one. What
 * finds none is free. A fee that is due once is due once for an element, at the first period in which it is found.
 */
export function ratePeriods(tariff: PreviewTariff, session: PreviewSession): Charge[] {
  const clock = new LocalClock(session.time_zone);
  const sessionStart = Date.parse(session.start);
  const charges: Charge[] = [];
  const flatDone = new Set<PriceComponent>();
  let energyKwh = Rational.ZERO;
  session.periods.forEach((period, index) => {
    const start = Date.parse(period.start);
    const moment: Moment = {
      local: clock.at(start),
      elapsedSeconds: (start - sessionStart) / 1000,
      energyKwh,
      currentA: period.current_a,
      powerKw: period.power_kw,
    };
    const isReservation = period.reservation !== undefined;
    const add = (component: PriceComponent | undefined, quantity: Rational): void => {
      if (component !== undefined) charges.push({ component, quantity, period: index, isReservation });
    };
    const flat = find(tariff, moment, period, 'FLAT');
    if (flat !== undefined && !flatDone.has(flat)) {
      flatDone.add(flat);
      add(flat, Rational.of(1n));
    }
    const energy = Rational.parse(period.energy_kwh ?? '0');
    if (!energy.isZero) add(find(tariff, moment, period, 'ENERGY'), energy);
    const time = BigInt(period.time_s ?? 0);
    if (time > 0n) add(find(tariff, moment, period, 'TIME'), Rational.of(time));
    const parking = BigInt(period.parking_s ?? 0);
    if (parking > 0n) add(find(tariff, moment, period, 'PARKING_TIME'), Rational.of(parking));
    energyKwh = energyKwh.plus(energy);
  });
  return charges;
}

/** A reservation that has expired is priced by what is said of such, and by what is said of reservations where nothing is. */
function find(
  { elements }: PreviewTariff,
  moment: Moment,
  { reservation }: SessionPeriod,
  type: PriceComponent['type'],
): PriceComponent | undefined {
  const kinds = reservation === 'RESERVATION_EXPIRES' ? ([reservation, 'RESERVATION'] as const) : [reservation];
  for (const kind of kinds) {
    for (const element of elements) {
      const component = element.price_components.find((one) => one.type === type);
      if (component !== undefined && matches(element, moment, kind)) return component;
    }
  }
  return undefined;
}
