import { zoneOffsetMs } from '@voltpile/kernel/zone-offset';

const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;
/** Clocks of a place change less often than that; between two looks at most one change is looked for. */
const PROBE_MS = MS_PER_DAY / 2;

/** Wall time at a place. */
export interface LocalTime {
  /** Days of the local calendar since 1970-01-01. */
  readonly day: number;
  /** 0 is Monday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

/** A stretch in which the clocks of a place keep their distance from UTC. */
interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly offsetMs: number;
}

/**
 * Wall time in a zone of the IANA database. Durations are always those of UTC; where clocks are changed, a wall time comes twice, or not at all.
 */
export class ZoneClock {
  readonly #timeZone: string;

  /** @throws RangeError for an unknown zone */
  constructor(timeZone: string) {
    this.#timeZone = timeZone;
    this.#offsetMs(0);
  }

  at(epochMs: number): LocalTime {
    return localTime(epochMs, this.#offsetMs(epochMs));
  }

  /** The stretches of one offset from one moment to another: one, or more where clocks were changed. */
  stretches(from: number, until: number): Stretch[] {
    const found: Stretch[] = [];
    let [begin, offsetMs] = [from, this.#offsetMs(from)];
    for (let probed = from; probed < until; ) {
      const next = Math.min(until, probed + PROBE_MS);
      const nextOffsetMs = this.#offsetMs(next);
      if (nextOffsetMs !== offsetMs) {
        const change = this.#change(probed, next, offsetMs);
        found.push({ from: begin, until: change, offsetMs });
        [begin, offsetMs] = [change, nextOffsetMs];
      }
      probed = next;
    }
    return [...found, { from: begin, until, offsetMs }];
  }

  /** The first moment at which the offset is not that any more. */
  #change(same: number, changed: number, offsetMs: number): number {
    let [before, after] = [same, changed];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#offsetMs(middle) === offsetMs) before = middle;
      else after = middle;
    }
    return after;
  }

  #offsetMs(epochMs: number): number {
    return zoneOffsetMs(epochMs, this.#timeZone);
  }
}

export function localTime(epochMs: number, offsetMs: number): LocalTime {
  const localMs = epochMs + offsetMs;
  const day = Math.floor(localMs / MS_PER_DAY);
  return {
    day,
    // The first of January 1970 was a Thursday.
    weekday: (((day + 3) % 7) + 7) % 7,
    minuteOfDay: Math.floor((localMs - day * MS_PER_DAY) / MS_PER_MINUTE),
  };
}

/** The moments inside a stretch at which its clocks show one of these minutes of a day. */
export function momentsOf({ from, until, offsetMs }: Stretch, minutesOfDay: readonly number[]): number[] {
  const moments: number[] = [];
  const [first, last] = [from, until].map((at) => Math.floor((at + offsetMs) / MS_PER_DAY)) as [number, number];
  for (let day = first; day <= last; day++) {
    for (const minute of minutesOfDay) {
      const at = day * MS_PER_DAY + minute * MS_PER_MINUTE - offsetMs;
      if (at > from && at < until) moments.push(at);
    }
  }
  return moments;
}
