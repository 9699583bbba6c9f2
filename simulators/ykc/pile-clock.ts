import { type Cp56Time, cp56OfWallMs, wallMsOfCp56 } from '@voltpile/ykc/fields/cp56-time';
import type { Faults } from '../station/faults.ts';
import type { StationClock } from '../station/station-clock.ts';
import type { Quirks } from './pile-options.ts';
import type { TimeZone } from './time-zone.ts';

const BEGINNING = Date.UTC(2000, 0, 1);
/** Zones lie whole quarters of an hour apart, and this much at most. */
const QUARTER_MS = 900_000;
const FARTHEST_ZONES_MS = 15 * 3_600_000;

/**
 * The clock on the pile's wall: without a zone, set by the central system, wrong where it is told to be. All times are "wall milliseconds",
 * what a UTC clock would show in its place.
 */
export class PileClock {
  readonly #clock: StationClock;
  readonly #zone: TimeZone;
  readonly #faults: Faults;
  readonly #quirks: Quirks;
  #aheadMs = 0;
  #isSet = true;
  #poweredOnAt = 0;

  constructor(clock: StationClock, zone: TimeZone, faults: Faults, quirks: Quirks) {
    this.#clock = clock;
    this.#zone = zone;
    this.#faults = faults;
    this.#quirks = quirks;
  }

  poweredOn(): void {
    this.#poweredOnAt = this.#clock.now();
    if (this.#quirks.clockUnset) this.#isSet = false;
  }

  /** What it shows. */
  wallMs(at: number = this.#clock.now()): number {
    const fault = this.#faults.clock;
    const sinceBeginning = BEGINNING + Math.max(0, at - this.#poweredOnAt);
    if (fault?.kind === 'since-1970' || !this.#isSet) return sinceBeginning;
    const shown = at + this.#zone.offsetMs(at) + this.#aheadMs;
    return fault?.kind === 'offset' ? shown + fault.milliseconds : shown;
  }

  cp56(at?: number): Cp56Time {
    return cp56OfWallMs(this.wallMs(at));
  }

  /**
   * Sets it. Simulated time may lie in the past of a central system that lives in the present: a time that is about the present rather than about
   * simulated time is taken as simulated time, as far off as it is from the present.
   *
   * @returns false for a time that does not exist
   */
  set(time: Cp56Time): boolean {
    const given = wallMsOfCp56(time);
    if (given === null) return false;
    const now = this.#clock.now();
    const present = Date.now();
    const fromSimulated = given - (now + this.#zone.offsetMs(now));
    const fromPresent = given - (present + this.#zone.offsetMs(present));
    this.#aheadMs = isLikelier(fromPresent, fromSimulated) ? fromPresent : fromSimulated;
    this.#isSet = true;
    return true;
  }
}

/** Whether a clock is off by the one rather than by the other; being in another zone is likelier than being wrong. */
function isLikelier(aheadMs: number, otherMs: number): boolean {
  const [size, otherSize] = [Math.abs(aheadMs), Math.abs(otherMs)];
  if (size > FARTHEST_ZONES_MS || otherSize > FARTHEST_ZONES_MS) return size < otherSize;
  return fromQuarter(size) < fromQuarter(otherSize);
}

function fromQuarter(milliseconds: number): number {
  const rest = milliseconds % QUARTER_MS;
  return Math.min(rest, QUARTER_MS - rest);
}
