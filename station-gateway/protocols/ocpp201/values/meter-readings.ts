import type { MeterReading, SampledValue } from '@voltpile/csms/contract/station-port';
import { asFields, asList, readDecimal, readInteger, readName, readTime } from '../../ocpp-j/values/fields.ts';
import { shiftDecimal } from './shift-decimal.ts';

const MAX_MULTIPLIER = 30;

/**
 * MeterValueType[] (OCPP 2.0.1 Part 2 §2.39) with the defaults of SampledValueType (§2.46) filled in. The unit stays null when absent: its
 * default depends on the measurand. Values are told without their multiplier. Signed data follows its value as a sample of its own.
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
  const { unit, multiplier } = asFields(sample.unitOfMeasure);
  const about = {
    measurand: readName(sample.measurand) ?? 'Energy.Active.Import.Register',
    phase: readName(sample.phase) ?? null,
    location: readName(sample.location) ?? 'Outlet',
    context: readName(sample.context) ?? 'Sample.Periodic',
    basis: 'register',
  } as const;
  const samples: SampledValue[] = [];
  const value = readValue(sample.value, multiplier);
  if (value !== undefined) samples.push({ ...about, format: 'Raw', unit: readName(unit) ?? null, value });
  const signed = sample.signedMeterValue;
  if (typeof signed === 'object' && signed !== null) {
    samples.push({ ...about, format: 'SignedData', unit: null, value: JSON.stringify(signed) });
  }
  return samples;
}

/** A value times its power of ten, as decimal text; text that is no number stays as it is. */
function readValue(given: unknown, multiplier: unknown): string | undefined {
  const isNumber = typeof given === 'number';
  if (!isNumber && typeof given !== 'string') return undefined;
  const text = String(given);
  const power = multiplier === undefined ? 0 : (readInteger(multiplier, -MAX_MULTIPLIER, MAX_MULTIPLIER) ?? 0);
  // Numbers without an exponent are decimal text already.
  if (isNumber && power === 0 && !text.includes('e')) return text;
  const decimal = isNumber ? text : readDecimal(text);
  return decimal === undefined ? text : (shiftDecimal(decimal, power) ?? text);
}
