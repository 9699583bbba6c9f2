import type { MeterReading, SampledValue } from '@voltpile/csms/contract/station-port';
import { shiftDecimal } from '@voltpile/kernel/units';
import { asFields, asList, readInteger, readName, readTime } from '../../ocpp-j/values/fields.ts';

/** Powers of ten beyond these are no unit of anything. */
const MAX_MULTIPLIER = 30;
const MAX_ODD_UNIT = 20;

/**
 * MeterValueType[] (OCPP 2.0.1 Part 2 §2.39) with the defaults of SampledValueType (§2.46) filled in. The unit stays null when absent: its
 * default depends on the measurand. Values are told without their multiplier. Signed data follows its value as a sample of its own.
 *
 * A value that cannot be multiplied is told as it is, in a unit that nobody knows ({@link oddUnit}): taken for plain watt-hours, it would
 * be billed a thousandfold.
 */
export function readMeterReadings(value: unknown): MeterReading[] {
  return asList(value).map((item) => {
    const { timestamp, sampledValue } = asFields(item);
    return {
      timestamp: readTime(timestamp),
      values: asList(sampledValue).flatMap((each) => readSamples(asFields(each))),
    };
  });
}

function readSamples(sample: Readonly<Record<string, unknown>>): SampledValue[] {
  const { unit: unitText, multiplier } = asFields(sample.unitOfMeasure);
  const unit = readName(unitText) ?? null;
  const about = {
    measurand: readName(sample.measurand) ?? 'Energy.Active.Import.Register',
    phase: readName(sample.phase) ?? null,
    location: readName(sample.location) ?? 'Outlet',
    context: readName(sample.context) ?? 'Sample.Periodic',
    basis: 'register',
  } as const;
  const samples: SampledValue[] = [];
  const given = typeof sample.value === 'number' ? String(sample.value) : sample.value;
  if (typeof given === 'string') {
    const power =
      multiplier === undefined || multiplier === null ? 0 : readInteger(multiplier, -MAX_MULTIPLIER, MAX_MULTIPLIER);
    const value = power === undefined ? undefined : shiftDecimal(given, power);
    if (value !== undefined) samples.push({ ...about, format: 'Raw', unit, value });
    else samples.push({ ...about, format: 'Raw', unit: power === 0 ? unit : oddUnit(unit, multiplier), value: given });
  }
  const signed = sample.signedMeterValue;
  if (typeof signed === 'object' && signed !== null) {
    samples.push({ ...about, format: 'SignedData', unit: null, value: JSON.stringify(signed) });
  }
  return samples;
}

/** The unit with what the station wrote as its power of ten: `Wh*10^1.5`. */
function oddUnit(unit: string | null, multiplier: unknown): string {
  return `${unit ?? ''}*10^${typeof multiplier === 'object' ? '?' : multiplier}`.slice(0, MAX_ODD_UNIT);
}
