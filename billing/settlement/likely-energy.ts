import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { defineError } from '@voltpile/kernel/errors';
import { milliWhToWh } from '@voltpile/kernel/units';

export const energyUnlikely = defineError(
  'settlement.energy_unlikely',
  'FailedPrecondition',
  'The charge can hardly have had {energyWh} Wh: {mostWh} Wh are the most ({why}). Send confirmUnlikely: true if it is meant.',
);

/** Of an outlet of which nobody knows better: no single one delivers more. */
const UNKNOWN_POWER_W = 1_000_000;
/** Meters and clocks are not exact: a tenth more, and half a kilowatt-hour. */
const TOLERANCE_MILLI_WH = 500_000n;
/** Where only the general bound of the power is known, what was measured tells more; but a meter may have begun to count late. */
const TIMES_MEASURED = 10n;
const LEAST_OF_MEASURED_MILLI_WH = 100_000_000n;
const MS_PER_HOUR = 3_600_000;

/** The most energy that a charge can be thought to have had, in milliwatt-hours, and what says so. */
export interface MostEnergy {
  readonly milliWh: bigint;
  readonly why: string;
}

/**
 * What a charge can have had at most: the power of its EVSEs, for as long as it took. Where the power of none of them is known, not more than ten
 * times what was measured either, if that is more than 100 kWh.
 *
 * @param curves of one charge that has ended: at least one
 */
export function mostEnergyOf(curves: readonly ChargingCurve[]): MostEnergy {
  const byPower: MostEnergy = {
    milliWh: curves.reduce((sum, curve) => sum + possible(curve), 0n),
    why: curves.map(powerOf).join(', '),
  };
  const measured = curves.reduce((sum, { readings }) => sum + BigInt(readings.at(-1)?.energyMilliWh ?? 0), 0n);
  if (measured === 0n || curves.some(({ ratedPowerW }) => ratedPowerW != null)) return byPower;
  const times = measured * TIMES_MEASURED;
  const byMeter: MostEnergy =
    times > LEAST_OF_MEASURED_MILLI_WH
      ? { milliWh: times, why: `${TIMES_MEASURED} times what was measured` }
      : { milliWh: LEAST_OF_MEASURED_MILLI_WH, why: `for ${milliWhToWh(measured)} Wh that were measured` };
  return byMeter.milliWh < byPower.milliWh ? byMeter : byPower;
}

function possible({ transaction, ratedPowerW }: ChargingCurve): bigint {
  const milliWh = Math.ceil((1.1 * 1000 * (ratedPowerW ?? UNKNOWN_POWER_W) * durationMs(transaction)) / MS_PER_HOUR);
  return BigInt(milliWh) + TOLERANCE_MILLI_WH;
}

function powerOf({ transaction, ratedPowerW }: ChargingCurve): string {
  const power = ratedPowerW == null ? `${UNKNOWN_POWER_W} W, as no rated power is known,` : `${ratedPowerW} W`;
  return `${power} for ${Math.round(durationMs(transaction) / 1000)} s`;
}

function durationMs({ startedAt, endedAt }: ChargingCurve['transaction']): number {
  return endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}
