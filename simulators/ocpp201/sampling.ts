import type { Instant } from '@voltpile/kernel/clock';
import { type MeteredStation, readMeter } from '../station/meter-reading.ts';
import type { StationClock } from '../station/station-clock.ts';
import type { Connector } from './transaction.ts';
import type { MeterValue, ReadingContext, SampledValue } from './types.ts';

/**
 * Reads a connector's meter: one meter value with the measurands asked for.
 *
 * @returns undefined when there is nothing to tell
 */
export function sampleMeter(
  station: MeteredStation & { readonly clock: StationClock },
  connector: Connector,
  measurands: readonly string[],
  context: ReadingContext,
  at: Instant,
): MeterValue | undefined {
  const values: SampledValue[] = [];
  for (const { measurand, text, unit, phase, location } of readMeter(station, connector, measurands)) {
    // No measurand of OCPP 2.0.1.
    if (measurand === 'Temperature') continue;
    values.push({
      value: Number(text),
      context,
      measurand,
      location,
      unitOfMeasure: { unit },
      ...(phase === undefined ? {} : { phase }),
    });
  }
  if (values.length === 0) return undefined;
  return { timestamp: station.clock.write(at), sampledValue: values as MeterValue['sampledValue'] };
}
