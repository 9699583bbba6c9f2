import { invalidOption } from './errors.ts';
import type { MeterFault } from './faults.ts';
import { MILLIJOULES_PER_WH } from './vehicle.ts';

const MAX_START_WH = 1_000_000_000;

/** A connector's energy register. Counts whole millijoules; what it shows is whole Wh, bent by its fault if it has one. */
export class Meter {
  #millijoules: number;
  #fault: MeterFault | undefined;
  /** The true register when the fault or the present transaction began. */
  #faultFrom = 0;

  /** @param startWh whole Wh on the register at first, 0…10^9 */
  constructor(startWh: number) {
    if (!Number.isInteger(startWh) || startWh < 0 || startWh > MAX_START_WH) {
      throw invalidOption({ option: 'meterStartWh', reason: `a whole number from 0 to ${MAX_START_WH} is needed` });
    }
    this.#millijoules = startWh * MILLIJOULES_PER_WH;
  }

  /** The true register, in millijoules. */
  get millijoules(): number {
    return this.#millijoules;
  }

  count(millijoules: number): void {
    this.#millijoules += millijoules;
  }

  /** A transaction begins: some meters start anew. */
  transactionBegins(): void {
    if (this.#fault?.kind === 'restarts-at-zero') this.#faultFrom = this.#millijoules;
  }

  /** Reports wrongly from now on; undefined repairs it. */
  setFault(fault: MeterFault | undefined): void {
    this.#fault = fault;
    this.#faultFrom = this.#millijoules;
  }

  /** What StartTransaction, StopTransaction and meter values tell: whole Wh, or kWh that claim to be Wh. */
  shownWh(): number {
    return this.#shown(1);
  }

  /** What YKC tells, in steps of 0.1 Wh. */
  shownTenthWh(): number {
    return this.#shown(10);
  }

  /** The register as meter values write it; the one that sends kWh does so with decimals. */
  shownText(): string {
    if (this.#fault?.kind === 'kwh-as-wh') return (this.#millijoules / MILLIJOULES_PER_WH / 1000).toFixed(3);
    return String(this.shownWh());
  }

  /** @param steps how many make a Wh */
  #shown(steps: number): number {
    const fault = this.#fault;
    const step = MILLIJOULES_PER_WH / steps;
    switch (fault?.kind) {
      case undefined:
        return Math.floor(this.#millijoules / step);
      case 'runs-backwards':
        return Math.max(0, Math.floor((2 * this.#faultFrom - this.#millijoules) / step));
      case 'restarts-at-zero':
        return Math.floor((this.#millijoules - this.#faultFrom) / step);
      case 'rolls-over':
        return Math.floor(this.#millijoules / step) % (fault.atWh * steps);
      case 'kwh-as-wh':
        return Math.floor(this.#millijoules / step / 1000);
      case 'stuck':
        return Math.floor(this.#faultFrom / step);
    }
  }
}
