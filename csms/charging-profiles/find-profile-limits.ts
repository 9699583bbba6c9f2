import { FLAT_COMPONENT } from '../contract/station-port.ts';
import { deviceName } from '../device-model/device-name.ts';
import { findActualValues } from '../persistence/device-model-repository.ts';
import { type FindProfileLimits, type LimitVariables, readProfileLimits } from './profile-limits.ts';

/** Where a station tells each limit: OCPP 2.0.1 Part 2 §2.6 (SmartChargingCtrlr), OCPP 1.6 §9.4. The first that is told counts. */
const VARIABLES: Readonly<Record<keyof LimitVariables, readonly [component: string, variable: string][]>> = {
  maxStackLevel: [
    ['SmartChargingCtrlr', 'ProfileStackLevel'],
    [FLAT_COMPONENT, 'ChargeProfileMaxStackLevel'],
  ],
  rateUnits: [
    ['SmartChargingCtrlr', 'RateUnit'],
    [FLAT_COMPONENT, 'ChargingScheduleAllowedChargingRateUnit'],
  ],
  maxPeriods: [
    ['SmartChargingCtrlr', 'PeriodsPerSchedule'],
    [FLAT_COMPONENT, 'ChargingScheduleMaxPeriods'],
  ],
};

const keyOf = ([component, variable]: readonly [string, string]): string =>
  deviceName({ name: component }, { name: variable }).key;

/** Reads a station's limits from its device model. */
export const findProfileLimits: FindProfileLimits = async (db, station) => {
  const keys = Object.values(VARIABLES).flat().map(keyOf);
  const values = await findActualValues(db, station, keys);
  const first = (names: readonly [string, string][]): string | undefined =>
    names.map((name) => values.get(keyOf(name))).find((value) => value !== undefined);
  return readProfileLimits({
    maxStackLevel: first(VARIABLES.maxStackLevel),
    rateUnits: first(VARIABLES.rateUnits),
    maxPeriods: first(VARIABLES.maxPeriods),
  });
};
