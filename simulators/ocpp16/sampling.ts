import type { Instant } from '@voltpile/kernel/clock';
import type { Connector } from '../station/connector.ts';
import { type MeteredStation, readMeter } from '../station/meter-reading.ts';
import type { StationClock } from '../station/station-clock.ts';
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
  const sampledValue = readMeter(station, connector, measurands).map(
    ({ measurand, text, unit, phase, location }): SampledValue => ({
      value: text,
      context,
      format: 'Raw',
      measurand,
      location,
      // The specification's own spelling; later editions added the right one.
      unit: unit === 'Celsius' ? 'Celcius' : unit,
      ...(phase === undefined ? {} : { phase }),
    }),
  );
  return sampledValue.length === 0 ? undefined : { timestamp: station.clock.write(at), sampledValue };
}
