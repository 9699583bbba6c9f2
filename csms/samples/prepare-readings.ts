import type { Instant } from '@voltpile/kernel/clock';
import { scaleDecimal } from '@voltpile/kernel/units';
import type { MeterReading } from '../contract/station-port.ts';
import { effectiveTime } from '../transactions/effective-time.ts';
import type { RegisterReading } from '../transactions/energy.ts';
import {
  isBillingRegister,
  isSessionEnergy,
  type NormalisedSample,
  normaliseSample,
  type SampleKind,
} from './normalise-sample.ts';
import type { SampleKinds } from './sample-kinds.ts';

/** A sample ready for its row; the owner is added when the transaction is known. */
export interface PreparedSample {
  readonly kindId: number;
  /** Counts samples of the same kind at the same time within one message. */
  readonly ordinal: number;
  readonly occurredAt: Instant;
  /** null: the same as `occurredAt`. */
  readonly effectiveAt: Instant | null;
  /** Decimal text. */
  readonly value: string | null;
  readonly text: string | null;
}

/** The newest totals of a message, for live views: Wh, W and per cent as numbers. */
export interface LatestValues {
  at: Instant | null;
  energyWh: number | null;
  /** Counted from the start of the charge. */
  sessionEnergyWh: number | null;
  powerW: number | null;
  socPercent: number | null;
}

export interface PreparedReadings {
  readonly samples: readonly PreparedSample[];
  /** Readings of the billing register. */
  readonly registers: readonly RegisterReading[];
  /** Readings of the energy since the start of the charge. */
  readonly sessions: readonly RegisterReading[];
  /** Those among them that the station took for the start (the first) and for the end (the last) of the transaction; null: none. */
  readonly bounds: RegisterBounds;
  readonly latest: LatestValues;
  /** Transaction flags (`clock-corrected`, …). */
  readonly flags: ReadonlySet<string>;
}

/** Readings with the context Transaction.Begin and Transaction.End. */
export interface RegisterBounds {
  begin: RegisterReading | null;
  end: RegisterReading | null;
}

const NO_FLAGS: ReadonlySet<string> = new Set();
const NOTHING: PreparedReadings = {
  samples: [],
  registers: [],
  sessions: [],
  bounds: { begin: null, end: null },
  latest: { at: null, energyWh: null, sessionEnergyWh: null, powerW: null, socPercent: null },
  flags: NO_FLAGS,
};

/**
 * Normalises the readings of one message: units, times, kinds. Pure but for the interning of new kinds.
 */
export async function prepareReadings(
  readings: readonly MeterReading[],
  origin: { readonly receivedAt: Instant; readonly clockOffsetMs: number | null },
  kinds: SampleKinds,
): Promise<PreparedReadings> {
  if (readings.length === 0) return NOTHING;
  const normalised: NormalisedSample[] = [];
  const kindIds: (number | undefined)[] = [];
  let unknown: SampleKind[] | undefined;
  for (const reading of readings) {
    for (const value of reading.values) {
      const sample = normaliseSample(value);
      const kindId = kinds.known(sample.kind);
      normalised.push(sample);
      kindIds.push(kindId);
      if (kindId === undefined) {
        unknown ??= [];
        unknown.push(sample.kind);
      }
    }
  }
  if (unknown !== undefined) {
    await kinds.resolve(unknown);
    for (let index = 0; index < kindIds.length; index++) {
      kindIds[index] ??= kinds.known((normalised[index] as NormalisedSample).kind);
    }
  }

  const samples: PreparedSample[] = [];
  const registers: RegisterReading[] = [];
  const sessions: RegisterReading[] = [];
  const bounds: RegisterBounds = { begin: null, end: null };
  const latest: LatestValues = { at: null, energyWh: null, sessionEnergyWh: null, powerW: null, socPercent: null };
  let flags: Set<string> | undefined;
  let next = 0;
  for (const reading of readings) {
    const effective = effectiveTime(reading.timestamp.at, origin.receivedAt, origin.clockOffsetMs);
    if (effective.flags.length > 0) {
      flags ??= new Set();
      for (const flag of effective.flags) flags.add(flag);
    }
    const occurredAt = reading.timestamp.at ?? origin.receivedAt;
    const effectiveAt = effective.at === occurredAt ? null : effective.at;
    const first = samples.length;
    for (let count = 0; count < reading.values.length; count++) {
      const known = kindIds[next];
      const { kind, value, text } = normalised[next++] as NormalisedSample;
      const kindId = known ?? kinds.other;
      let ordinal = 0;
      for (let index = first; index < samples.length; index++) {
        if ((samples[index] as PreparedSample).kindId === kindId) ordinal += 1;
      }
      samples.push({
        kindId,
        ordinal,
        occurredAt,
        effectiveAt,
        value: known === undefined ? null : value,
        text: known === undefined ? JSON.stringify({ ...kind, value: value ?? text }) : text,
      });
      if (value !== null) note(kind, value, effective.at, { registers, sessions, bounds, latest });
    }
  }
  return { samples, registers, sessions, bounds, latest, flags: flags ?? NO_FLAGS };
}

/** What the samples of a message come to. */
interface Noted {
  readonly registers: RegisterReading[];
  readonly sessions: RegisterReading[];
  readonly bounds: RegisterBounds;
  readonly latest: LatestValues;
}

/** A register above this is no reading of a meter: 10^9 kWh. */
export const MAX_REGISTER_MILLI_WH = 10n ** 15n;

function note(kind: SampleKind, value: string, at: Instant, { registers, sessions, bounds, latest }: Noted): void {
  if (isSessionEnergy(kind)) {
    const milliWh = readableEnergy(value);
    if (milliWh === undefined) return;
    sessions.push({ at, milliWh });
    if (latest.at === null || at >= latest.at) latest.sessionEnergyWh = Number(milliWh) / 1000;
  } else if (isBillingRegister(kind)) {
    const milliWh = readableEnergy(value);
    if (milliWh === undefined) return;
    registers.push({ at, milliWh });
    if (kind.context === 'Transaction.Begin' && (bounds.begin === null || at < bounds.begin.at)) {
      bounds.begin = { at, milliWh };
    } else if (kind.context === 'Transaction.End' && (bounds.end === null || at >= bounds.end.at)) {
      bounds.end = { at, milliWh };
    }
    if (latest.at === null || at >= latest.at) latest.energyWh = Number(milliWh) / 1000;
  } else if (kind.phase !== null) return;
  else if (kind.measurand === 'Power.Active.Import' && kind.unit === 'W') latest.powerW = Number(value);
  else if (kind.measurand === 'SoC') latest.socPercent = Number(value);
  if (latest.at === null || at > latest.at) latest.at = at;
}

/** Integer milliwatt-hours; undefined when no meter can show the value. */
function readableEnergy(value: string): bigint | undefined {
  const milliWh = scaleDecimal(value, 3) as bigint;
  return milliWh < 0n || milliWh > MAX_REGISTER_MILLI_WH ? undefined : milliWh;
}
