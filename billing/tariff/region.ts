import type { Limits, Range } from '../rating/compile-tariff.ts';

const MINUTES_PER_DAY = 1440;
const WEEK = 0b111_1111;

/** What a region is about, as bits. */
export const CHARGING = 1;
const RESERVED = 2;
const EXPIRED = 4;

/** From the one on, below the other; infinite where there is no border. */
export interface Interval {
  readonly from: number;
  readonly until: number;
}

/**
 * The moments in which a set of restrictions holds: a box with one side for each kind of restriction. Days of the week and reservations are sets of bits.
 */
export interface Region {
  readonly minutes: Interval;
  readonly dates: Interval;
  /** In units of energy, as a number: for comparisons of what people write, not for sums. */
  readonly energy: Interval;
  readonly elapsedMs: Interval;
  /** In millionths of an ampere and milliwatts; below 0 where they are not known. */
  readonly current: Interval;
  readonly power: Interval;
  readonly weekdays: number;
  readonly reservation: number;
}

/** Where current or power is not known no restriction to it holds. */
const UNKNOWN = -1;

const INTERVALS = ['minutes', 'dates', 'energy', 'elapsedMs', 'current', 'power'] as const;
const SETS = ['weekdays', 'reservation'] as const;

export const EVERYTHING: Region = {
  minutes: { from: 0, until: MINUTES_PER_DAY },
  dates: { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY },
  energy: { from: 0, until: Number.POSITIVE_INFINITY },
  elapsedMs: { from: 0, until: Number.POSITIVE_INFINITY },
  current: { from: UNKNOWN, until: Number.POSITIVE_INFINITY },
  power: { from: UNKNOWN, until: Number.POSITIVE_INFINITY },
  weekdays: WEEK,
  reservation: CHARGING,
};

/** Two where the time of the day goes past midnight. */
export function regionsOf(limits: Limits): Region[] {
  const { minutes, weekdays, firstDay, dayAfter, reservation } = limits;
  const region: Region = {
    ...EVERYTHING,
    dates: intervalOf({ least: firstDay, most: dayAfter }, EVERYTHING.dates),
    energy: intervalOf(limits.energy, EVERYTHING.energy),
    elapsedMs: intervalOf(limits.elapsedMs, EVERYTHING.elapsedMs),
    current: knownIntervalOf(limits.current),
    power: knownIntervalOf(limits.power),
    weekdays:
      weekdays === undefined ? WEEK : weekdays.reduce((bits, holds, day) => (holds ? bits | (1 << day) : bits), 0),
    reservation: reservation === undefined ? CHARGING : reservation === 'RESERVATION' ? RESERVED : EXPIRED,
  };
  if (minutes === undefined) return [region];
  const { from, until } = minutes;
  const days =
    from < until
      ? [{ from, until }]
      : [
          { from, until: MINUTES_PER_DAY },
          { from: 0, until },
        ];
  return days.filter((day) => day.from < day.until).map((day) => ({ ...region, minutes: day }));
}

function intervalOf<T extends number | bigint>({ least, most }: Range<T>, whole: Interval): Interval {
  return {
    from: least === undefined ? whole.from : Number(least),
    until: most === undefined ? whole.until : Number(most),
  };
}

function knownIntervalOf({ least, most }: Range<number>): Interval {
  if (least === undefined && most === undefined) return EVERYTHING.power;
  return { from: least ?? 0, until: most ?? Number.POSITIVE_INFINITY };
}

/** undefined where they have nothing in common. */
export function intersect(one: Region, other: Region): Region | undefined {
  const common: Record<string, Interval | number> = {};
  for (const side of INTERVALS) {
    const interval = {
      from: Math.max(one[side].from, other[side].from),
      until: Math.min(one[side].until, other[side].until),
    };
    if (interval.from >= interval.until) return undefined;
    common[side] = interval;
  }
  for (const side of SETS) {
    const bits = one[side] & other[side];
    if (bits === 0) return undefined;
    common[side] = bits;
  }
  return common as unknown as Region;
}

/** What is left of a region without another one: boxes that do not overlap. */
export function subtract(region: Region, other: Region): Region[] {
  if (intersect(region, other) === undefined) return [region];
  const left: Region[] = [];
  let rest = region;
  for (const side of INTERVALS) {
    const { from, until } = rest[side];
    const inner = { from: Math.max(from, other[side].from), until: Math.min(until, other[side].until) };
    if (from < inner.from) left.push({ ...rest, [side]: { from, until: inner.from } });
    if (inner.until < until) left.push({ ...rest, [side]: { from: inner.until, until } });
    rest = { ...rest, [side]: inner };
  }
  for (const side of SETS) {
    const outside = rest[side] & ~other[side];
    if (outside !== 0) left.push({ ...rest, [side]: outside });
    rest = { ...rest, [side]: rest[side] & other[side] };
  }
  return left;
}

/** How many boxes may be compared with each other for one tariff: what answers a request must not take seconds. */
const MOST_COMPARISONS = 200_000;
/** More pieces than that are too many to look at; so are tariffs that make them. */
const MOST_PIECES = 500;

/** Counts the work that a tariff makes. */
export class Effort {
  #left = MOST_COMPARISONS;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(comparisons: number): void {
    this.#left -= comparisons;
  }
}

/** What is left of regions without others: boxes that do not overlap. undefined when they are too many, or were too much work. */
export function subtractAll(
  regions: readonly Region[],
  others: readonly Region[],
  effort: Effort,
): Region[] | undefined {
  let rest = [...regions];
  for (const other of others) {
    effort.spend(rest.length);
    if (effort.isSpent) return undefined;
    rest = rest.flatMap((region) => subtract(region, other));
    if (rest.length > MOST_PIECES) return undefined;
  }
  return rest;
}
