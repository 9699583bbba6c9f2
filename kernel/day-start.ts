import { type Instant, instant } from './clock.ts';
import { zoneOffsetMs } from './zone-offset.ts';

const DAY_MS = 86_400_000;

/**
 * When the day of a moment began in a zone; where clocks leap over midnight, the moment of the leap.
 *
 * @param timeZone of the IANA database
 * @throws RangeError for an unknown zone
 */
export function dayStart(at: Instant, timeZone: string): Instant {
  const offsetMs = zoneOffsetMs(at, timeZone);
  const midnight = Math.floor((at + offsetMs) / DAY_MS) * DAY_MS;
  // Clocks may have been changed since.
  const offsetThenMs = zoneOffsetMs(midnight - offsetMs, timeZone);
  return instant(Math.min(midnight - offsetThenMs, at));
}
