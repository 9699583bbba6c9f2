import type { Random } from '../random.ts';
import type { Connector } from './connector.ts';

/** Measurands that the simulated meter can deliver. Temperature exists in OCPP 1.6 only. */
export const MEASURANDS = [
  'Energy.Active.Import.Register',
  'Power.Active.Import',
  'Power.Offered',
  'Current.Import',
  'Current.Offered',
  'Voltage',
  'SoC',
  'Temperature',
] as const;

export type SimulatedMeasurand = (typeof MEASURANDS)[number];

const PHASES = ['L1', 'L2', 'L3'] as const;
type Line = (typeof PHASES)[number];
const AMBIENT_CELSIUS = 22;

/** One value of a meter. */
export interface Reading {
  readonly measurand: SimulatedMeasurand;
  /** Decimal. */
  readonly text: string;
  readonly unit: 'Wh' | 'W' | 'A' | 'V' | 'Percent' | 'Celsius';
  readonly phase?: Line | `${Line}-N`;
  readonly location: 'Outlet' | 'EV' | 'Body';
}

export interface MeteredStation {
  readonly noise: Random;
  readonly phases: 1 | 3;
}

/**
 * Reads a connector's meter: the measurands asked for, in the order asked for. Those that make no sense now (SoC without a car) and
 * those that the meter does not know are left out.
 */
export function readMeter(station: MeteredStation, connector: Connector, measurands: readonly string[]): Reading[] {
  const voltage = station.noise.between(228, 232);
  const readings: Reading[] = [];
  const perPhase = (make: (phase: Line) => void) => PHASES.slice(0, station.phases).forEach(make);
  const amperes = (watts: number) => (watts / (voltage * station.phases)).toFixed(2);
  for (const measurand of measurands) {
    switch (measurand) {
      case 'Energy.Active.Import.Register':
        readings.push({ measurand, text: connector.meter.shownText(), unit: 'Wh', location: 'Outlet' });
        break;
      case 'Power.Active.Import':
        readings.push({ measurand, text: String(connector.powerW), unit: 'W', location: 'Outlet' });
        break;
      case 'Power.Offered':
        readings.push({ measurand, text: String(Math.floor(connector.offeredW)), unit: 'W', location: 'Outlet' });
        break;
      case 'Current.Import':
        perPhase((phase) =>
          readings.push({ measurand, text: amperes(connector.powerW), unit: 'A', phase, location: 'Outlet' }),
        );
        break;
      case 'Current.Offered':
        readings.push({ measurand, text: amperes(connector.offeredW), unit: 'A', location: 'Outlet' });
        break;
      case 'Voltage':
        perPhase((phase) =>
          readings.push({ measurand, text: voltage.toFixed(1), unit: 'V', phase: `${phase}-N`, location: 'Outlet' }),
        );
        break;
      case 'SoC':
        if (connector.vehicle !== undefined) {
          const text = String(Math.floor(connector.vehicle.socPercent));
          readings.push({ measurand, text, unit: 'Percent', location: 'EV' });
        }
        break;
      case 'Temperature': {
        const celsius = AMBIENT_CELSIUS + connector.powerW / 1000 + station.noise.between(-0.5, 0.5);
        readings.push({ measurand, text: celsius.toFixed(1), unit: 'Celsius', location: 'Body' });
        break;
      }
    }
  }
  return readings;
}
