import type { ClaimedTime } from '@voltpile/csms/contract/station-port';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { zoneOffsetMs } from '@voltpile/kernel/zone-offset';
import { type Cp56Time, cp56OfWallMs, showCp56, wallMsOfCp56 } from '@voltpile/ykc/fields/cp56-time';

/** Zones change their offset on the quarter of an hour at the finest. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Offsets that are remembered; a formatter is slow. */
const MAX_OFFSETS = 5000;

const offsets = new Map<string, number>();

/** The time that a pile shows, by the zone of its site. The text is what it shows. */
export function fromCp56(time: Cp56Time, timeZone: string): ClaimedTime {
  const wallMs = wallMsOfCp56(time);
  return { text: showCp56(time), at: wallMs === null ? null : instantOf(wallMs, timeZone) };
}

/** What a pile's clock should show. */
export function toCp56(at: Instant, timeZone: string): Cp56Time {
  return cp56OfWallMs(wallMsOf(at, timeZone));
}

/** Wall time in a zone, as milliseconds that a UTC clock would show so. */
export function wallMsOf(at: Instant, timeZone: string): number {
  return at + offsetMs(at, timeZone);
}

/** The moment when clocks of a zone show a wall time; of two, the first; of none (clocks go forward), the one an hour on. */
export function instantOf(wallMs: number, timeZone: string): Instant {
  // No zone is as far from UTC as a day, and none changes twice within two.
  const before = offsetMs(wallMs - DAY_MS, timeZone);
  const after = offsetMs(wallMs + DAY_MS, timeZone);
  const first = wallMs - before;
  if (before === after || offsetMs(first, timeZone) === before) return instant(first);
  const second = wallMs - after;
  return instant(offsetMs(second, timeZone) === after ? second : first);
}

/** From a memory: one question and its answer for each quarter of an hour. */
function offsetMs(at: number, timeZone: string): number {
  const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
  const key = `${timeZone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = zoneOffsetMs(quarter, timeZone);
    if (offsets.size >= MAX_OFFSETS) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}
