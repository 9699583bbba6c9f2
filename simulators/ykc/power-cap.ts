import type { FlowLimits } from '../station/simulated-station.ts';

/** What 0x52 allows of the pile's power. */
export class PowerCap implements FlowLimits {
  readonly #maxPowerW: number;
  percent = 100;

  constructor(maxPowerW: number) {
    this.#maxPowerW = maxPowerW;
  }

  connectorLimitW(): number {
    return Math.floor((this.#maxPowerW * this.percent) / 100);
  }

  stationLimitW(): undefined {}
}
