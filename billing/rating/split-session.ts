import { EnergyCurve, type Point } from './energy-curve.ts';
import type { Activity, MeteredSession, Reading } from './metered-session.ts';
import type { TariffBorders } from './tariff-borders.ts';
import { type LocalTime, localTime, momentsOf, ZoneClock } from './zone-clock.ts';

/** A part of a session in which nothing changes that a tariff asks for. */
export interface Piece {
  readonly from: Point;
  readonly until: Point;
  readonly activity: Activity;
  /** At its start. */
  readonly local: LocalTime;
  readonly powerMilliW: number | undefined;
  readonly currentMicroA: number | undefined;
}

/**
 * Cuts a session at every border of a tariff (OCPI mod_cdrs, CDR object: a period starts at every moment that matters for the cost): wall time in the
 * zone of the place, duration, energy, power and current, and what the vehicle does. Where a border lies between two readings the energy is
 * interpolated; power and current are taken as they were told, from their reading on.
 */
export function splitSession(session: MeteredSession, borders: TariffBorders): Piece[] {
  const { startMs, endMs, activities } = session;
  const curve = new EnergyCurve(session);
  const stretches = new ZoneClock(session.timeZone).stretches(startMs, endMs);
  const changes = electricChanges(session, borders);
  const moments = [
    ...borders.elapsedMs.map((elapsedMs) => startMs + elapsedMs),
    ...activities.map(({ fromMs }) => fromMs),
    ...changes.map(({ atMs }) => atMs),
  ];
  if (borders.minutesOfDay.length > 0) {
    for (const stretch of stretches) moments.push(stretch.from, ...momentsOf(stretch, borders.minutesOfDay));
  }
  const points = [curve.start, curve.end];
  for (const atMs of new Set(moments)) if (atMs > startMs && atMs < endMs) points.push(curve.at(atMs));
  for (const energy of borders.energyMilliWh) {
    const point = energy > 0n ? curve.when(energy) : undefined;
    if (point !== undefined) points.push(point);
  }
  points.sort((a, b) => a.atMs - b.atMs || Number(a.energyMilliWh - b.energyMilliWh));

  const [activityAt, electricAt] = [cursor(activities, 'fromMs'), cursor(changes, 'atMs')];
  const stretchAt = cursor(stretches, 'from');
  const pieceOf = (from: Point, until: Point): Piece => {
    const electric = electricAt(from.atMs);
    return {
      from,
      until,
      activity: activityAt(from.atMs)?.activity ?? 'charging',
      local: localTime(from.atMs, stretchAt(from.atMs)?.offsetMs ?? 0),
      powerMilliW: electric?.powerMilliW,
      currentMicroA: electric?.currentMicroA,
    };
  };
  const pieces: Piece[] = [];
  points.forEach((from, index) => {
    const until = points[index + 1];
    if (until === undefined || (from.atMs === until.atMs && from.energyMilliWh === until.energyMilliWh)) return;
    pieces.push(pieceOf(from, until));
  });
  // A charge that was over at once has had its start, which may cost something.
  return pieces.length > 0 ? pieces : [pieceOf(curve.start, curve.end)];
}

interface ElectricState {
  readonly atMs: number;
  readonly powerMilliW: number | undefined;
  readonly currentMicroA: number | undefined;
}

/** The readings at which power or current comes to another side of a border. */
function electricChanges({ readings }: MeteredSession, { powerMilliW, currentMicroA }: TariffBorders): ElectricState[] {
  if (powerMilliW.length === 0 && currentMicroA.length === 0) return [];
  const changes: ElectricState[] = [];
  let [power, current] = [undefined, undefined] as [number | undefined, number | undefined];
  let before = '';
  for (const reading of readings) {
    power = reading.powerMilliW ?? power;
    current = reading.currentMicroA ?? current;
    const sides = `${side(power, powerMilliW)} ${side(current, currentMicroA)}`;
    if (sides !== before) changes.push({ atMs: reading.atMs, powerMilliW: power, currentMicroA: current });
    before = sides;
  }
  return changes;
}

/** How many of the borders a value has reached. */
function side(value: Reading['powerMilliW'], borders: readonly number[]): number {
  if (value === undefined) return -1;
  return borders.reduce((count, border) => (value >= border ? count + 1 : count), 0);
}

/** Finds the last entry that has begun, for moments that ascend. */
function cursor<K extends string, T extends Readonly<Record<K, number>>>(
  entries: readonly T[],
  beginning: K,
): (atMs: number) => T | undefined {
  let index = -1;
  return (atMs) => {
    for (let next = entries[index + 1]; next !== undefined && next[beginning] <= atMs; next = entries[index + 1])
      index++;
    return entries[index];
  };
}
