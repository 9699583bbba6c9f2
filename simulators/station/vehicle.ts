import { invalidOption } from './errors.ts';

/** Watts that a car takes, from the time since it began and its state of charge. Used in place of the built-in curve. */
export type PowerCurve = (progress: { readonly secondsSinceStart: number; readonly socPercent: number }) => number;

export interface VehicleFacts {
  /** Usable capacity, Wh. */
  readonly batteryWh?: number;
  /** 0…100 at plug-in. */
  readonly socPercent?: number;
  /** The most it takes, W. */
  readonly maxPowerW?: number;
  readonly powerCurve?: PowerCurve;
  /** 17 characters; the pile reads it where it can. */
  readonly vin?: string;
}

export const MILLIJOULES_PER_WH = 3_600_000;
const RAMP_SECONDS = 20;
const TAPER_FROM_PERCENT = 80;
const LOWEST_SHARE = 0.08;

/**
 * A car at the plug: takes a ramp of {@link RAMP_SECONDS}, then its full power, and less and less from 80 % on. Energy is held in whole
 * millijoules, which watts × milliseconds give exactly.
 */
export class Vehicle {
  readonly batteryMillijoules: number;
  readonly maxPowerW: number;
  readonly vin: string | undefined;
  readonly #curve: PowerCurve | undefined;
  #storedMillijoules: number;

  constructor(facts: VehicleFacts = {}) {
    const { batteryWh = 60_000, socPercent = 40, maxPowerW = 11_000, powerCurve } = facts;
    if (!(batteryWh > 0) || !(maxPowerW >= 0) || !(socPercent >= 0 && socPercent <= 100)) {
      throw invalidOption({
        option: 'vehicle',
        reason: 'batteryWh > 0, maxPowerW ≥ 0 and 0 ≤ socPercent ≤ 100 are needed',
      });
    }
    if (facts.vin !== undefined && !/^[!-~]{1,17}$/.test(facts.vin)) {
      throw invalidOption({ option: 'vehicle', reason: 'a vin has at most 17 characters' });
    }
    this.batteryMillijoules = Math.round(batteryWh * MILLIJOULES_PER_WH);
    this.maxPowerW = maxPowerW;
    this.vin = facts.vin;
    this.#storedMillijoules = Math.round((this.batteryMillijoules * socPercent) / 100);
    this.#curve = powerCurve;
  }

  get socPercent(): number {
    return (this.#storedMillijoules / this.batteryMillijoules) * 100;
  }

  get isFull(): boolean {
    return this.#storedMillijoules >= this.batteryMillijoules;
  }

  get missingMillijoules(): number {
    return Math.max(0, this.batteryMillijoules - this.#storedMillijoules);
  }

  /** Whole watts that it would take now. @param secondsSinceStart since energy began to flow */
  wantedPowerW(secondsSinceStart: number): number {
    if (this.isFull) return 0;
    const { socPercent } = this;
    if (this.#curve !== undefined) return Math.max(0, Math.floor(this.#curve({ secondsSinceStart, socPercent })));
    const ramp = Math.min(1, (secondsSinceStart + 1) / RAMP_SECONDS);
    const room = Math.max(LOWEST_SHARE, (100 - socPercent) / (100 - TAPER_FROM_PERCENT));
    return Math.floor(this.maxPowerW * ramp * Math.min(1, room));
  }

  store(millijoules: number): void {
    this.#storedMillijoules = Math.min(this.batteryMillijoules, this.#storedMillijoules + millijoules);
  }
}
