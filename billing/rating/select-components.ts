import type { Reservation } from '../contract/tariff.ts';
import type { Dimension } from '../contract/tariff-preview.ts';
import type { CompiledTariff, Component, Limits, Range } from './compile-tariff.ts';
import type { LocalTime } from './zone-clock.ts';

/** How things are at the start of a period. */
export interface Moment {
  readonly local: LocalTime;
  /** Since the start of the session. */
  readonly elapsedMs: number;
  /** Delivered before, in units. */
  readonly energy: bigint;
  /** In millionths of an ampere, and milliwatts; undefined when not known. */
  readonly current: number | undefined;
  readonly power: number | undefined;
  /** Elements that restrict reservations are for those only, and the others for charging only. */
  readonly reservation: Reservation | undefined;
}

/** By dimension, what prices it. What is missing is free. */
export type Selection = Readonly<Partial<Record<Dimension, Component>>>;

/**
 * What prices a moment (OCPI mod_tariffs, Tariff object): for each dimension the first element that holds and has a price for it. A reservation that
 * has expired is priced by what is said of such, and by what is said of reservations where nothing is (ReservationRestrictionType).
 */
export function selectComponents(tariff: CompiledTariff, moment: Moment): Selection {
  const chosen: Partial<Record<Dimension, Component>> = {};
  const { reservation } = moment;
  const kinds = reservation === 'RESERVATION_EXPIRES' ? [reservation, 'RESERVATION' as const] : [reservation];
  let missing = tariff.typeCount;
  for (const kind of kinds) {
    for (const { limits, components } of tariff.elements) {
      if (missing === 0) break;
      if (limits.reservation !== kind || components.every(({ type }) => chosen[type] !== undefined)) continue;
      if (!holds(limits, moment)) continue;
      for (const component of components) {
        if (chosen[component.type] !== undefined) continue;
        chosen[component.type] = component;
        missing--;
      }
    }
  }
  if (tariff.serviceFee !== undefined) chosen.SERVICE ??= tariff.serviceFee;
  return chosen;
}

/** All restrictions must hold (OCPI mod_tariffs, TariffRestrictions); one on what is not known (the current, the power) does not. */
function holds(limits: Limits, { local, elapsedMs, energy, current, power }: Moment): boolean {
  const { minutes, weekdays, firstDay, dayAfter } = limits;
  return (
    (minutes === undefined || isInDay(minutes, local.minuteOfDay)) &&
    (weekdays === undefined || weekdays[local.weekday] === true) &&
    (firstDay === undefined || local.day >= firstDay) &&
    (dayAfter === undefined || local.day < dayAfter) &&
    isWithin(limits.elapsedMs, elapsedMs) &&
    isWithin(limits.energy, energy) &&
    isWithin(limits.current, current) &&
    isWithin(limits.power, power)
  );
}

function isInDay({ from, until }: NonNullable<Limits['minutes']>, minute: number): boolean {
  return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}

function isWithin<T extends number | bigint>({ least, most }: Range<T>, value: T | undefined): boolean {
  if (least === undefined && most === undefined) return true;
  return value !== undefined && (least === undefined || value >= least) && (most === undefined || value < most);
}
