import { byTime, energyCourse, isMoreThanPossible, NOISE_MILLI_WH, type RegisterReading } from './energy.ts';

/** What tells how energy came during a charge. */
export interface CurveQuestion {
  readonly startedAt: number;
  /** null while it runs. */
  readonly endedAt: number | null;
  /** Registers at the start and the end; null when they are not known. */
  readonly startMilliWh: bigint | null;
  readonly stopMilliWh: bigint | null;
  /** Readings of the register on the way, in any order. */
  readonly samples: readonly RegisterReading[];
  /** Readings of the energy since the start, in any order. */
  readonly sessions: readonly RegisterReading[];
  readonly ratedPowerW: number | null;
  /** What it has delivered, once it has ended; null when nothing tells it. */
  readonly meteredMilliWh: bigint | null;
  /** What of it may be billed; null: as much as was metered. */
  readonly billableMilliWh: bigint | null;
}

/**
 * How energy came during a charge: ascending in time, never descending in energy, within the charge, without the nothing that it starts with.
 *
 * The readings are those that decide the energy; where the register was read at the ends only, the energy since the start tells what was between.
 * Of readings that contradict each other as few as possible are left out. The end of a charge that has ended is the last reading, of the energy
 * that may be billed, and all others are in proportion to it. Without a known energy there is no reading at all.
 */
export function curveReadings(question: CurveQuestion): RegisterReading[] {
  const { startedAt, endedAt, meteredMilliWh } = question;
  if (endedAt === null) {
    const course = courseOf(question, Number.POSITIVE_INFINITY);
    const possible = course.filter(
      ({ at, milliWh }) => !isMoreThanPossible(milliWh, at - startedAt, question.ratedPowerW),
    );
    return oneAtATime(ascending(within(possible, startedAt, Number.POSITIVE_INFINITY, null)), startedAt);
  }
  if (meteredMilliWh === null) return [];
  const end = Math.max(startedAt, endedAt);
  const course = ascending(within(courseOf(question, end), startedAt, end, meteredMilliWh));
  const readings = oneAtATime([...course, { at: end, milliWh: meteredMilliWh }], startedAt);
  const billableMilliWh = question.billableMilliWh ?? meteredMilliWh;
  // Nothing is in proportion to nothing.
  if (meteredMilliWh === 0n && billableMilliWh !== 0n) return [{ at: end, milliWh: billableMilliWh }];
  return inProportion(readings, meteredMilliWh, billableMilliWh);
}

/** By the register where it was read on the way, otherwise by the energy since the start. In order of time. */
function courseOf(question: CurveQuestion, end: number): RegisterReading[] {
  const { startedAt, sessions } = question;
  const course = energyCourse({ ...question, endedAt: Math.min(end, Number.MAX_SAFE_INTEGER) });
  const isOnTheWay = course.some(({ at }) => at > startedAt && at < end);
  return isOnTheWay || sessions.length === 0 ? course : [...sessions].sort(byTime);
}

/**
 * Brings times into the charge, and energy between nothing and its total where it is beyond by no more than the noise of a meter (registers at
 * the ends are often rounded). What is farther off is left out.
 *
 * @param total null while nobody knows it
 */
function within(course: readonly RegisterReading[], from: number, to: number, total: bigint | null): RegisterReading[] {
  const kept: RegisterReading[] = [];
  for (const { at, milliWh } of course) {
    if (milliWh < -NOISE_MILLI_WH || (total !== null && milliWh - total > NOISE_MILLI_WH)) continue;
    const energy = milliWh < 0n ? 0n : total !== null && milliWh > total ? total : milliWh;
    kept.push({ at: Math.min(Math.max(at, from), to), milliWh: energy });
  }
  return kept;
}

/** The most readings that do not descend, in their order. */
function ascending(readings: readonly RegisterReading[]): RegisterReading[] {
  /** Of the best choices of 1, 2, 3 … readings so far: the index of the last, which is as low as can be. */
  const lasts: number[] = [];
  const before: number[] = [];
  readings.forEach(({ milliWh }, index) => {
    let [low, high] = [0, lasts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((readings[lasts[middle] as number] as RegisterReading).milliWh <= milliWh) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? -1 : (lasts[low - 1] as number));
    lasts[low] = index;
  });
  const chosen: RegisterReading[] = [];
  for (let index = lasts.at(-1) ?? -1; index !== -1; index = before[index] as number) {
    chosen.push(readings[index] as RegisterReading);
  }
  return chosen.reverse();
}

/** Of several readings at one time the highest, which is the last; none at the start that only says that nothing has come yet. */
function oneAtATime(readings: readonly RegisterReading[], startedAt: number): RegisterReading[] {
  return readings.filter(({ at, milliWh }, index) => {
    const next = readings[index + 1];
    if (next === undefined) return at > startedAt || milliWh > 0n || readings.length === 1;
    return next.at > at && (at > startedAt || milliWh > 0n);
  });
}

function inProportion(readings: readonly RegisterReading[], metered: bigint, billable: bigint): RegisterReading[] {
  if (metered === billable) return [...readings];
  const last = readings.length - 1;
  return readings.map(({ at, milliWh }, index) => ({
    at,
    milliWh: index === last ? billable : (milliWh * billable) / metered,
  }));
}
