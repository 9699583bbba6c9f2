import { type Instant, instant } from '@voltpile/kernel/clock';
import type { MessageOrigin } from '../contract/station-port.ts';
import { storableTime } from '../transactions/claimed-time.ts';
import { effectiveTime } from '../transactions/effective-time.ts';

/**
 * As of when a value counts, for the question which of two is newer. Never after its receipt: a clock that is ahead must not keep the next
 * answer out. With a clock that is not to be believed, the receipt counts.
 */
export function valueTime(claimed: Instant | null, origin: MessageOrigin): Instant {
  const { receivedAt, clockOffsetMs } = origin;
  const { at, flags } = effectiveTime(storableTime(claimed), receivedAt, clockOffsetMs);
  return flags.includes('clock-unreliable') ? receivedAt : instant(Math.min(at, receivedAt));
}
