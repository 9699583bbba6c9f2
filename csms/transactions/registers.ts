import { scaleDecimal } from '@voltpile/kernel/units';
import { MAX_REGISTER_MILLI_WH } from '../samples/prepare-readings.ts';

/** A register as the station gave it, in milliwatt-hours; `unreadable` when it is no number that a meter can show. */
export function readRegister(meterWh: string | undefined): { milliWh: bigint | null; unreadable: boolean } {
  if (meterWh === undefined || meterWh === '') return { milliWh: null, unreadable: false };
  const milliWh = scaleDecimal(meterWh, 3);
  if (milliWh === undefined || milliWh < 0n || milliWh > MAX_REGISTER_MILLI_WH)
    return { milliWh: null, unreadable: true };
  return { milliWh, unreadable: false };
}
