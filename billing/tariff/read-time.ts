import { type Instant, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';

export const badTime = defineError('tariff.bad_time', 'InvalidArgument', '{field} must be {expected}.');

const MOST_YEARS = 10;
const YEAR_MS = 366 * 86_400_000;
/** The way of a request and a clock that is a little late: what was meant to be now. */
const NOW_MS = 60_000;

/**
 * Reads a time from which, or up to which, prices hold.
 *
 * @throws InvalidArgument `tariff.bad_time` for what is no time, or is further away than ten years
 */
export function readTime(field: string, text: string, now: Instant): Instant {
  const at = Date.parse(text);
  if (!(Math.abs(at - now) <= MOST_YEARS * YEAR_MS)) {
    throw badTime({ field, expected: `a time at most ${MOST_YEARS} years away` });
  }
  return instant(at);
}

/** A time that must not lie in the past; one less than a minute ago is now. @throws InvalidArgument `tariff.bad_time` */
export function notBefore(field: string, at: Instant, now: Instant, reason: string): Instant {
  if (at < now - NOW_MS) throw badTime({ field, expected: reason });
  return at < now ? now : at;
}
