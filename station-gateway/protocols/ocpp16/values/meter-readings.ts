import type { MeterReading, SampledValue } from '@voltpile/csms/contract/station-port';
import { asFields, asList, readName, readTime } from '../../ocpp-j/values/fields.ts';

/**
 * MeterValue[] (OCPP 1.6 §7.33) with the dialect's defaults of SampledValue (§7.43) filled in. The unit stays null when absent: its
 * default depends on the measurand. A sampled value without a value says nothing and is left out.
 */
export function readMeterReadings(value: unknown): MeterReading[] {
  const readings: MeterReading[] = [];
  for (const item of asList(value)) {
    const { timestamp, sampledValue } = asFields(item);
    const values: SampledValue[] = [];
    for (const sample of asList(sampledValue)) {
      const read = readSampledValue(asFields(sample));
      if (read !== undefined) values.push(read);
    }
    readings.push({ timestamp: readTime(timestamp), values });
  }
  return readings;
}

function readSampledValue(sample: Readonly<Record<string, unknown>>): SampledValue | undefined {
  // Not cut: signed data is long.
  const value = typeof sample.value === 'number' ? String(sample.value) : sample.value;
  if (typeof value !== 'string') return undefined;
  return {
    measurand: readName(sample.measurand) ?? 'Energy.Active.Import.Register',
    phase: readName(sample.phase) ?? null,
    location: readName(sample.location) ?? 'Outlet',
    context: readName(sample.context) ?? 'Sample.Periodic',
    format: readName(sample.format) ?? 'Raw',
    unit: readName(sample.unit) ?? null,
    value,
    basis: 'register',
  };
}
