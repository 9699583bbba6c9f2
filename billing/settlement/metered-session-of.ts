import type { ChargingCurve, CurveReading } from '@voltpile/csms/contract/charging-curves-port';
import { instant } from '@voltpile/kernel/clock';
import type { Activity, ActivityChange, MeteredSession, Reading } from '../rating/metered-session.ts';

/**
 * A charge as rating takes it. It begins with the reservation that it used, which is time that may have a price. Several curves are those of EVSEs
 * that fed one vehicle: their energies are added, and the vehicle charges while any of them gives it energy.
 *
 * @param curves of one charge, at least one
 * @param untilMs how far to price a charge that has not ended
 */
export function meteredSessionOf(curves: readonly ChargingCurve[], untilMs: number): MeteredSession {
  const [first] = curves;
  if (first === undefined) throw new Error('a charge without a transaction');
  const starts = curves.map(({ transaction }) => Date.parse(transaction.startedAt));
  const chargingFromMs = Math.min(...starts);
  const ends = curves.map(({ transaction }) =>
    transaction.endedAt === null ? untilMs : Date.parse(transaction.endedAt),
  );
  // A clock that was put back may end a charge before it began; its energy counts all the same.
  const endMs = Math.max(chargingFromMs, ...ends);
  const reservations = curves.flatMap(({ reservedFrom }) => (reservedFrom === null ? [] : [reservedFrom]));
  const startMs = Math.min(chargingFromMs, ...reservations);
  const within = (atMs: number): number => Math.min(Math.max(atMs, chargingFromMs), endMs);
  const reserved: ActivityChange[] = startMs < chargingFromMs ? [{ fromMs: startMs, activity: 'RESERVATION' }] : [];
  return {
    timeZone: first.transaction.timeZone,
    startMs,
    endMs,
    readings: sumOf(curves).map((reading) => ({ ...reading, atMs: within(reading.atMs) })),
    activities: [...reserved, ...activitiesOf(curves, chargingFromMs, within)],
  };
}

/** Of several meters: at each time that one of them was read, the others stand where a straight line between their own readings puts them. */
function sumOf(curves: readonly ChargingCurve[]): Reading[] {
  const [first] = curves;
  if (curves.length === 1 && first !== undefined) return first.readings.map(readingOf);
  const times = [...new Set(curves.flatMap(({ readings }) => readings.map(({ at }) => at)))].sort((a, b) => a - b);
  const followers = curves.map((curve) => new CurveFollower(curve));
  return times.map((atMs) => {
    const standings = followers.map((follower) => follower.at(atMs));
    const power = standings.reduce((sum, { powerMilliW }) => sum + (powerMilliW ?? 0), 0);
    const current = standings.reduce((sum, { currentMicroA }) => sum + (currentMicroA ?? 0), 0);
    return {
      atMs,
      energyMilliWh: standings.reduce((sum, { energyMilliWh }) => sum + energyMilliWh, 0n),
      ...(standings.some(({ powerMilliW }) => powerMilliW !== undefined) ? { powerMilliW: power } : {}),
      ...(standings.some(({ currentMicroA }) => currentMicroA !== undefined) ? { currentMicroA: current } : {}),
    };
  });
}

interface Standing {
  readonly energyMilliWh: bigint;
  readonly powerMilliW: number | undefined;
  readonly currentMicroA: number | undefined;
}

/** Goes along a curve once, forwards. */
class CurveFollower {
  readonly #readings: readonly CurveReading[];
  #next = 0;

  constructor({ readings, transaction }: ChargingCurve) {
    this.#readings = [{ at: instant(Date.parse(transaction.startedAt)), energyMilliWh: 0 }, ...readings];
  }

  at(atMs: number): Standing {
    const readings = this.#readings;
    while (this.#next < readings.length && (readings[this.#next] as CurveReading).at <= atMs) this.#next += 1;
    const [before, after] = [readings[this.#next - 1], readings[this.#next]];
    if (before === undefined) return { energyMilliWh: 0n, powerMilliW: undefined, currentMicroA: undefined };
    const { energyMilliWh, powerMilliW, currentMicroA } = before;
    const held = { powerMilliW, currentMicroA };
    if (after === undefined || after.at === before.at) return { energyMilliWh: BigInt(energyMilliWh), ...held };
    const gained = BigInt(after.energyMilliWh - energyMilliWh) * BigInt(atMs - before.at);
    return { energyMilliWh: BigInt(energyMilliWh) + gained / BigInt(after.at - before.at), ...held };
  }
}

function readingOf({ at, energyMilliWh, powerMilliW, currentMicroA }: CurveReading): Reading {
  return {
    atMs: at,
    energyMilliWh: BigInt(energyMilliWh),
    ...(powerMilliW === undefined ? {} : { powerMilliW }),
    ...(currentMicroA === undefined ? {} : { currentMicroA }),
  };
}

function activitiesOf(
  curves: readonly ChargingCurve[],
  fromMs: number,
  within: (atMs: number) => number,
): ActivityChange[] {
  const states: Activity[] = curves.map(() => 'charging');
  const changes = curves
    .flatMap(({ activities }, index) => activities.map((change) => ({ ...change, index })))
    .sort((one, other) => one.from - other.from);
  const all: ActivityChange[] = [{ fromMs, activity: 'charging' }];
  for (const { from, activity, index } of changes) {
    states[index] = activity;
    const joint: Activity = states.includes('charging') ? 'charging' : 'parking';
    if (joint !== all.at(-1)?.activity) all.push({ fromMs: within(from), activity: joint });
  }
  return all;
}
