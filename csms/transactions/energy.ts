import type { TransactionFlag } from './flags.ts';

/** A register reading: when, and the register in milliwatt-hours. */
export interface RegisterReading {
  readonly at: number;
  readonly milliWh: bigint;
}

/** Of several readings at one time the lowest comes first: a meter counts upwards. */
export function byTime(a: RegisterReading, b: RegisterReading): number {
  return a.at - b.at || Number(a.milliWh > b.milliWh) - Number(a.milliWh < b.milliWh);
}

export interface EnergyQuestion {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Register at the start and the end as the station reported them; null when it did not. */
  readonly startMilliWh: bigint | null;
  readonly stopMilliWh: bigint | null;
  /** Register samples on the way, in any order. */
  readonly samples: readonly RegisterReading[];
  /** Of the EVSE or station; null when unknown: then {@link UNKNOWN_RATED_POWER_W} bounds what is possible. */
  readonly ratedPowerW: number | null;
}

export interface EnergyAnswer {
  /** What the meter says was delivered; null when nothing can be said. */
  readonly meteredMilliWh: bigint | null;
  readonly flags: ReadonlySet<TransactionFlag>;
}

/** No single outlet delivers more today (megawatt charging excepted, where the rated power is set). */
export const UNKNOWN_RATED_POWER_W = 1_000_000;

/** Slack for timestamps with whole seconds and registers with whole watt-hours. */
const TOLERANCE_MILLI_WH = 500_000n;

/** What whole watt-hours leave out is less than this. */
const ROUNDING_MILLI_WH = 1000n;

/** A step back of up to this much is noise of the meter, not an event. */
export const NOISE_MILLI_WH = 100_000n;

/** A first step of at least this much from a register of 0 may be a lifetime total in place of a delivery. */
const LIFETIME_STEP_MILLI_WH = 50_000_000n;

/** Where registers run over: 10^n Wh of mechanical displays (6…9 digits of Wh or kWh) and the 31- and 32-bit Wh counters. */
const ROLLOVERS_MILLI_WH: readonly bigint[] = [
  1_000_000_000n,
  10_000_000_000n,
  100_000_000_000n,
  1_000_000_000_000n,
  2n ** 31n * 1000n,
  2n ** 32n * 1000n,
];

/**
 * How much energy a transaction delivered, by the registers at its start and end and the samples between. The registers decide: where the
 * end is not below the start, their difference is the answer, and odd samples between only set flags (and hold the bill when they speak
 * for a restart). Samples count where one end is missing, and where the end lies below the start. Nothing is corrected silently.
 */
export function assessEnergy(question: EnergyQuestion): EnergyAnswer {
  const flags = new Set<TransactionFlag>();
  const { startedAt, endedAt, startMilliWh, stopMilliWh } = question;
  const power = question.ratedPowerW ?? UNKNOWN_RATED_POWER_W;
  const trusted = trustedSamples(question, flags);
  const samples = withoutRounding(trusted, startMilliWh, stopMilliWh);

  if (startMilliWh === null) flags.add('meter-start-missing');
  if (stopMilliWh === null) flags.add('meter-stop-missing');
  let readings: RegisterReading[] = [
    ...(startMilliWh === null ? [] : [{ at: startedAt, milliWh: startMilliWh }]),
    ...samples,
    ...(stopMilliWh === null ? [] : [{ at: endedAt, milliWh: stopMilliWh }]),
  ];
  if (readings.length < 2) {
    const known = startMilliWh !== null && stopMilliWh === null && samples.length === 0;
    if (!known) flags.add('energy-unknown');
    return { meteredMilliWh: known ? 0n : null, flags };
  }
  readings = withoutFalseBaseline(readings, startMilliWh, power, flags);
  const [first, last] = [readings[0] as RegisterReading, readings[readings.length - 1] as RegisterReading];
  let metered = last.milliWh - first.milliWh;
  if (metered >= 0n) noteFalls(readings, power, flags);
  else metered = fallenCourse(readings, power, trusted.length > 0, flags).at(-1)?.milliWh ?? 0n;
  if (isMoreThanPossible(metered, endedAt - startedAt, question.ratedPowerW)) flags.add('energy-impossible');
  return { meteredMilliWh: metered, flags };
}

/**
 * How much had come by when: the readings that {@link assessEnergy} goes by, each as the energy since the first of them, in order of time.
 * Readings that contradict others are still among them, where the register at the end is not below the one at the start.
 */
export function energyCourse(question: EnergyQuestion): RegisterReading[] {
  const flags = new Set<TransactionFlag>();
  const { startedAt, endedAt, startMilliWh, stopMilliWh } = question;
  const power = question.ratedPowerW ?? UNKNOWN_RATED_POWER_W;
  const samples = trustedSamples(question, flags);
  const all: RegisterReading[] = [
    ...(startMilliWh === null ? [] : [{ at: startedAt, milliWh: startMilliWh }]),
    ...samples,
    ...(stopMilliWh === null ? [] : [{ at: endedAt, milliWh: stopMilliWh }]),
  ];
  const readings = withoutFalseBaseline(all, startMilliWh, power, flags);
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (last.milliWh < first.milliWh) return fallenCourse(readings, power, samples.length > 0, flags);
  return readings.map(({ at, milliWh }) => ({ at, milliWh: milliWh - first.milliWh }));
}

/** @param ratedPowerW null when unknown */
export function isMoreThanPossible(milliWh: bigint, durationMs: number, ratedPowerW: number | null): boolean {
  return milliWh > possible(durationMs, ratedPowerW ?? UNKNOWN_RATED_POWER_W);
}

/** 1.1 × rated power × time, plus the tolerance. Power in W, time in ms: W·ms / 3600 = mWh. */
function possible(durationMs: number, powerW: number): bigint {
  const milliWh = Math.ceil((1.1 * powerW * Math.max(0, durationMs)) / 3600);
  return BigInt(milliWh) + TOLERANCE_MILLI_WH;
}

/**
 * Samples in order of time, scaled to the registers' unit where they are off by exactly the factor between Wh and kWh.
 */
function trustedSamples(question: EnergyQuestion, flags: Set<TransactionFlag>): RegisterReading[] {
  const samples = [...question.samples].sort(byTime);
  const { startMilliWh: start, stopMilliWh: stop } = question;
  if (start === null || stop === null || stop <= start || samples.length === 0) return samples;
  const fits = (scale: (milliWh: bigint) => bigint): boolean =>
    samples.every(({ milliWh }) => {
      const scaled = scale(milliWh);
      return scaled >= start - 1000n && scaled <= stop + 1000n;
    });
  if (fits((milliWh) => milliWh)) return samples;
  for (const scale of [(milliWh: bigint) => milliWh * 1000n, (milliWh: bigint) => milliWh / 1000n]) {
    if (fits(scale)) {
      flags.add('unit-suspect');
      return samples.map(({ at, milliWh }) => ({ at, milliWh: scale(milliWh) }));
    }
  }
  return samples;
}

/**
 * OCPP 1.6 gives the registers at the start and the end in whole watt-hours, samples may be finer: what lies less than one watt-hour beyond
 * them is their rounding, no step back. The registers decide.
 */
function withoutRounding(
  samples: readonly RegisterReading[],
  start: bigint | null,
  stop: bigint | null,
): readonly RegisterReading[] {
  let [from, to] = [0, samples.length];
  const isRounded = (one: bigint, other: bigint): boolean => one <= other && other - one < ROUNDING_MILLI_WH;
  if (start !== null) while (from < to && isRounded(samples[from]?.milliWh as bigint, start)) from += 1;
  if (stop !== null) while (from < to && isRounded(stop, samples[to - 1]?.milliWh as bigint)) to -= 1;
  return samples.slice(from, to);
}

/**
 * Some stations report 0 at the start of an offline transaction and the meter's lifetime total from then on: billing the difference
 * charges hundreds of kWh for a few.
 */
function withoutFalseBaseline(
  readings: RegisterReading[],
  startMilliWh: bigint | null,
  power: number,
  flags: Set<TransactionFlag>,
): RegisterReading[] {
  // The station may have sampled the same 0 once more.
  const index = readings.findIndex(({ milliWh }) => milliWh !== 0n);
  if (startMilliWh !== 0n || index < 1 || index > readings.length - 2) return readings;
  const [first, second] = readings.slice(index - 1) as [RegisterReading, RegisterReading];
  const jump = second.milliWh;
  const last = readings[readings.length - 1] as RegisterReading;
  const rest = last.milliWh - second.milliWh;
  const impossibleJump = jump >= LIFETIME_STEP_MILLI_WH && jump > possible(second.at - first.at, power);
  if (!impossibleJump || rest < 0n || rest >= jump) return readings;
  flags.add('meter-start-ignored');
  return readings.slice(index);
}

/**
 * The end is not below the start, but the register fell on the way. A misreading, unless it fell below where the transaction began, to no
 * more than can have been delivered since, and stayed down: then it may have restarted, and the difference tells too little.
 */
function noteFalls(readings: readonly RegisterReading[], power: number, flags: Set<TransactionFlag>): void {
  const first = readings[0] as RegisterReading;
  for (let index = 1; index < readings.length; index++) {
    const [from, to] = [readings[index - 1] as RegisterReading, readings[index] as RegisterReading];
    if (to.milliWh >= from.milliWh) continue;
    const after = readings[index + 1];
    if (mayHaveRestarted(first, from, to, power) && after !== undefined && after.milliWh < from.milliWh) {
      flags.add('meter-restarted').add('energy-ambiguous');
    } else flags.add('meter-backwards');
  }
}

function mayHaveRestarted(first: RegisterReading, from: RegisterReading, to: RegisterReading, power: number): boolean {
  return to.milliWh < first.milliWh && to.milliWh >= 0n && to.milliWh <= possible(to.at - from.at, power);
}

/**
 * The end is below the start: the register ran over, or restarted once. The energy since the first reading, at each one that counts.
 *
 * @param witnessed whether there is any sample: without one, a lower register at the end is not taken for a restart
 */
function fallenCourse(
  readings: readonly RegisterReading[],
  power: number,
  witnessed: boolean,
  flags: Set<TransactionFlag>,
): RegisterReading[] {
  const credible = withoutMisreadings(readings, flags);
  const first = credible[0] as RegisterReading;
  let metered = 0n;
  const course: RegisterReading[] = [{ at: first.at, milliWh: metered }];
  for (let index = 1; index < credible.length; index++) {
    const [from, to] = [credible[index - 1] as RegisterReading, credible[index] as RegisterReading];
    const difference = to.milliWh - from.milliWh;
    const over = rolledOver(from, to, power);
    if (difference >= 0n) metered += difference;
    else if (over !== undefined) {
      flags.add('meter-rollover');
      metered += over;
    } else if (-difference <= NOISE_MILLI_WH) flags.add('meter-backwards');
    else if (!witnessed) flags.add('energy-negative');
    else if (!flags.has('meter-restarted') && mayHaveRestarted(first, from, to, power)) {
      flags.add('meter-restarted');
      metered += to.milliWh;
    } else flags.add('energy-ambiguous');
    course.push({ at: to.at, milliWh: metered });
  }
  return course;
}

/** A single reading below or above both neighbours, which themselves are in order, is a misreading. */
function withoutMisreadings(readings: readonly RegisterReading[], flags: Set<TransactionFlag>): RegisterReading[] {
  const kept: RegisterReading[] = [];
  readings.forEach((reading, index) => {
    const [before, after] = [kept[kept.length - 1], readings[index + 1]];
    const inOrder = before !== undefined && after !== undefined && after.milliWh >= before.milliWh;
    const isMisread = inOrder && (reading.milliWh < before.milliWh || reading.milliWh > after.milliWh);
    if (isMisread) flags.add('meter-backwards');
    else kept.push(reading);
  });
  return kept;
}

/** What was delivered if the register ran over its last digit between the two; undefined when it cannot have. */
function rolledOver(from: RegisterReading, to: RegisterReading, power: number): bigint | undefined {
  const limit = possible(to.at - from.at, power);
  for (const rollover of ROLLOVERS_MILLI_WH) {
    const over = rollover - from.milliWh + to.milliWh;
    if (from.milliWh < rollover && from.milliWh * 100n >= rollover * 99n && over <= limit) return over;
  }
  return undefined;
}
