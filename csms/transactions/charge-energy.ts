import type { StationBill } from '../contract/station-port.ts';
import { isConsistent } from './check-bill.ts';
import {
  assessEnergy,
  type EnergyAnswer,
  type EnergyQuestion,
  isMoreThanPossible,
  type RegisterReading,
} from './energy.ts';
import type { TransactionFlag } from './flags.ts';

/** All that tells what a charge has delivered. */
export interface ChargeQuestion extends EnergyQuestion {
  /** Readings of the energy since the start of the charge, in any order. */
  readonly sessions: readonly RegisterReading[];
  /** The station's own. */
  readonly bill: StationBill | undefined;
}

/** Two meters may lie so far apart, or by a hundredth. */
const TOLERANCE_MILLI_WH = 20_000n;
/** What the loss of a line can add, in hundredths. */
const MAX_LOSS_PERCENT = 20n;
/** The bill and the registers may be rounded so far apart. */
const ROUNDING_MILLI_WH = 10_000n;

/**
 * How much energy a charge delivered. Registers decide wherever two readings of them are known, one at least at the start or the end. Where
 * they do not tell, the station's bill does, and without one the highest reading since the start of the charge. A bill is compared with all
 * else that is known: where it differs by more than 20 Wh and more than 1 %, a person has to look.
 */
export function assessCharge(question: ChargeQuestion): EnergyAnswer {
  const { bill, sessions, samples } = question;
  const answer = assessEnergy(question);
  const flags = new Set(answer.flags);
  const trail = highestOf(sessions.map(({ milliWh }) => milliWh));
  if (hasRegisters(question)) {
    if (bill !== undefined && answer.meteredMilliWh !== null) compare(bill, answer.meteredMilliWh, trail, flags);
    return { meteredMilliWh: answer.meteredMilliWh, flags };
  }
  if (bill !== undefined) {
    const metered = BigInt(bill.energyMilliWh);
    const told = new Set<TransactionFlag>(['energy-from-bill']);
    if (isImpossible(metered, question)) told.add('energy-impossible');
    // Registers on the way say that it was so much at least.
    const least = samples.length > 1 ? answer.meteredMilliWh : null;
    compare(bill, metered, highestOf([trail, least].filter((each) => each !== null)), told);
    return { meteredMilliWh: metered, flags: told };
  }
  if (trail === null || samples.length > 1) return answer;
  flags.delete('energy-unknown');
  if (isImpossible(trail, question)) flags.add('energy-impossible');
  return { meteredMilliWh: trail, flags };
}

/** What may be billed of the energy where nothing holds the transaction: the loss of the line with it, where the station adds it. */
export function billableEnergy(meteredMilliWh: bigint | null, bill: StationBill | undefined): bigint | null {
  const adjusted = bill?.lossAdjustedMilliWh;
  if (meteredMilliWh === null || adjusted === undefined || adjusted === null) return meteredMilliWh;
  return BigInt(adjusted) > meteredMilliWh ? BigInt(adjusted) : meteredMilliWh;
}

function hasRegisters({ startMilliWh, stopMilliWh, samples }: EnergyQuestion): boolean {
  const ends = (startMilliWh === null ? 0 : 1) + (stopMilliWh === null ? 0 : 1);
  return ends > 0 && ends + samples.length > 1;
}

function isImpossible(metered: bigint, { startedAt, endedAt, ratedPowerW }: EnergyQuestion): boolean {
  return isMoreThanPossible(metered, endedAt - startedAt, ratedPowerW);
}

/** @param trail what was delivered at least, by readings that did not decide */
function compare(bill: StationBill, metered: bigint, trail: bigint | null, flags: Set<TransactionFlag>): void {
  const billed = BigInt(bill.energyMilliWh);
  if (isBeyond(metered > billed ? metered - billed : billed - metered, metered, 1n)) flags.add('bill-differs');
  if (trail !== null && isBeyond(trail - metered, metered, 1n)) flags.add('bill-differs');
  if (!isConsistent(bill)) flags.add('bill-inconsistent');
  if (bill.lossAdjustedMilliWh === null) return;
  const adjusted = BigInt(bill.lossAdjustedMilliWh);
  if (metered - adjusted > ROUNDING_MILLI_WH) flags.add('bill-inconsistent');
  if (isBeyond(adjusted - metered, metered, MAX_LOSS_PERCENT)) flags.add('bill-differs');
}

/** Whether a difference is more than so many hundredths of the energy, and more than two meters may lie apart in any case. */
function isBeyond(difference: bigint, metered: bigint, percent: bigint): boolean {
  return difference > TOLERANCE_MILLI_WH && difference * 100n > metered * percent;
}

function highestOf(values: readonly bigint[]): bigint | null {
  return values.reduce<bigint | null>(
    (highest, value) => (highest === null || value > highest ? value : highest),
    null,
  );
}
