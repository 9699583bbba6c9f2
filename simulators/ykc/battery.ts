import { MILLIJOULES_PER_WH } from '../station/vehicle.ts';
import type { Charge, Gun } from './charge.ts';
import type { SimulatedPile } from './pile.ts';

/** What a battery and the line to it look like. Voltages in 0.1 V, currents in 0.1 A, temperatures in °C. */

const AMBIENT_CELSIUS = 22;
const EMPTY_PACK_VOLTAGE = 3_500;
const PACK_VOLTAGE_PER_PERCENT = 8;
/** Currents of the BMS count from -400 A. */
const MAX_CURRENT = 4_000;
const MAX_MINUTES = 0xffff;

export function packVoltage(gun: Gun): number {
  return EMPTY_PACK_VOLTAGE + Math.round((gun.vehicle?.socPercent ?? 0) * PACK_VOLTAGE_PER_PERCENT);
}

/** At the outlet: DC as the pack is, AC as the mains are. */
export function electricOf(pile: SimulatedPile, gun: Gun): { readonly voltage: number; readonly current: number } {
  const isDc = pile.type === 'DC';
  const voltage = isDc ? packVoltage(gun) : pile.noise.integer(2_180, 2_220);
  // Watts in 0.1 V make hundredths of a tenth of an ampere.
  const current = Math.round((gun.powerW * 100) / (voltage * (isDc ? 1 : pile.phases)));
  return { voltage, current: Math.min(MAX_CURRENT, current) };
}

/** A current as the BMS tells it: charging counts down, unless the pile turns that round. */
export function bmsCurrent(pile: SimulatedPile, current: number): number {
  return pile.quirks.positiveCurrents ? current : current === 0 ? 0 : -current;
}

export function packCelsius(gun: Gun): number {
  return AMBIENT_CELSIUS + Math.min(25, Math.round(gun.powerW / 5_000));
}

export function cableCelsius(gun: Gun): number {
  return AMBIENT_CELSIUS + Math.min(40, Math.round(gun.powerW / 3_000));
}

export function chargedMinutes(pile: SimulatedPile, charge: Charge): number {
  return Math.min(MAX_MINUTES, Math.floor((pile.clock.now() - charge.startedAt) / 60_000));
}

export function remainingMinutes(gun: Gun): number {
  if (gun.vehicle === undefined || gun.powerW === 0) return 0;
  return Math.min(MAX_MINUTES, Math.round(gun.vehicle.missingMillijoules / gun.powerW / 60_000));
}

/** Of the whole battery, in 0.1 kWh. */
export function nominalEnergy(gun: Gun): number {
  return Math.min(0xffff, Math.round((gun.vehicle?.batteryMillijoules ?? 0) / MILLIJOULES_PER_WH / 100));
}
