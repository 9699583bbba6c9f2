import type { SessionPeriod, TariffElement } from '../contract/tariff-preview.ts';
import type { LocalTime } from './local-time.ts';
import { Rational } from './rational.ts';

/** How things are at the start of a period. */
export interface Moment {
  readonly local: LocalTime;
  /** Since the start of the session. */
  readonly elapsedSeconds: number;
  /** Delivered before. */
  readonly energyKwh: Rational;
  readonly currentA: string | undefined;
  readonly powerKw: string | undefined;
}

type Restrictions = NonNullable<TariffElement['restrictions']>;

/**
 * Whether an element holds for a moment (OCPI mod_tariffs, TariffRestrictions): all its restrictions must. A restriction on something that is not known
 * (the current, the power) does not hold.
 *
 * @param reservation of the period; elements without a restriction to reservations are for charging only, and the other way round
 */
export function matches(
  { restrictions = {} }: TariffElement,
  moment: Moment,
  reservation: SessionPeriod['reservation'],
): boolean {
  if (restrictions.reservation !== reservation) return false;
  return (
    holdsInDay(restrictions, moment.local) &&
    (restrictions.start_date === undefined || moment.local.date >= restrictions.start_date) &&
    (restrictions.end_date === undefined || moment.local.date < restrictions.end_date) &&
    (restrictions.day_of_week === undefined ||
      restrictions.day_of_week.length === 0 ||
      restrictions.day_of_week.includes(moment.local.day)) &&
    isWithin(moment.energyKwh, restrictions.min_kwh, restrictions.max_kwh) &&
    isKnownWithin(moment.currentA, restrictions.min_current, restrictions.max_current) &&
    isKnownWithin(moment.powerKw, restrictions.min_power, restrictions.max_power) &&
    (restrictions.min_duration === undefined || moment.elapsedSeconds >= restrictions.min_duration) &&
    (restrictions.max_duration === undefined || moment.elapsedSeconds < restrictions.max_duration)
  );
}

/** From the start to before the end; past midnight when the end comes first, the whole day when both are the same. */
function holdsInDay(
  { start_time: start = '00:00', end_time: end = '24:00' }: Restrictions,
  { time }: LocalTime,
): boolean {
  const until = end === '00:00' ? '24:00' : end;
  if (start === end) return true;
  return start < until ? time >= start && time < until : time >= start || time < until;
}

function isWithin(value: Rational, least: string | undefined, most: string | undefined): boolean {
  return (
    (least === undefined || value.compare(Rational.parse(least)) >= 0) &&
    (most === undefined || value.compare(Rational.parse(most)) < 0)
  );
}

function isKnownWithin(value: string | undefined, least: string | undefined, most: string | undefined): boolean {
  if (least === undefined && most === undefined) return true;
  return value !== undefined && isWithin(Rational.parse(value), least, most);
}
