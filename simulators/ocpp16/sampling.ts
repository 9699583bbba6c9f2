import type { Instant } from '@voltpile/kernel/clock';
import type { Random } from '../random.ts';
import type { Connector } from './connector.ts';
import type { StationClock } from './station-clock.ts';
import type { Measurand, MeterValue, ReadingContext, SampledValue } from './types.ts';

export interface SampledStation {
  readonly clock: StationClock;
  readonly random: Random;
  readonly phases: 1 | 3;
}

const PHASES = ['L1', 'L2', 'L3'] as const;
const AMBIENT_CELSIUS = 22;

/**
 * Reads a connector's meter: one meter value with the measurands asked for, in the order asked for. Measurands that make no sense now
 * (SoC without a car) are left out.
 *
 * @returns undefined when nothing is left to tell
 */
export function sampleMeter(
  station: SampledStation,
  connector: Connector,
  measurands: readonly string[],
  context: ReadingContext,
  at: Instant,
): MeterValue | undefined {
  const voltage = station.random.between(228, 232);
  const sampledValue: SampledValue[] = [];
  const add = (value: string, unit: SampledValue['unit'], measurand: Measurand, more: Partial<SampledValue> = {}) => {
    sampledValue.push({ value, context, format: 'Raw', measurand, location: 'Outlet', unit: unit as never, ...more });
  };
  const perPhase = (make: (phase: (typeof PHASES)[number]) => void) => PHASES.slice(0, station.phases).forEach(make);
  const amperes = (watts: number) => (watts / (voltage * station.phases)).toFixed(2);
  for (const measurand of measurands) {
    switch (measurand) {
      case 'Energy.Active.Import.Register':
        add(connector.meter.shownText(), 'Wh', measurand);
        break;
      case 'Power.Active.Import':
        add(String(connector.powerW), 'W', measurand);
        break;
      case 'Power.Offered':
        add(String(Math.floor(connector.offeredW)), 'W', measurand);
        break;
      case 'Current.Import':
        perPhase((phase) => add(amperes(connector.powerW), 'A', measurand, { phase }));
        break;
      case 'Current.Offered':
        add(amperes(connector.offeredW), 'A', measurand);
        break;
      case 'Voltage':
        perPhase((phase) => add(voltage.toFixed(1), 'V', measurand, { phase: `${phase}-N` }));
        break;
      case 'SoC':
        if (connector.vehicle !== undefined) {
          add(String(Math.floor(connector.vehicle.socPercent)), 'Percent', measurand, { location: 'EV' });
        }
        break;
      case 'Temperature': {
        const celsius = AMBIENT_CELSIUS + connector.powerW / 1000 + station.random.between(-0.5, 0.5);
        // The specification's own spelling; later editions added the right one.
        add(celsius.toFixed(1), 'Celcius', measurand, { location: 'Body' });
        break;
      }
    }
  }
  return sampledValue.length === 0 ? undefined : { timestamp: station.clock.write(at), sampledValue };
}
