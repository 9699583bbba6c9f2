import type { Quirks } from './pile-options.ts';
import { RATES, type Rate, type TariffModel } from './tariff.ts';

/** 0.00001 yuan/kWh × 0.0001 kWh in 0.0001 yuan. */
const PRICE_STEPS = 100_000n;
/** 0.0001 yuan in a cent. */
const PER_CENT = 100;
/** What the record can tell. */
const MAX_ENERGY = 0xffff_ffff;

/** What one rate comes to. */
export interface RateShare {
  /** 0.00001 yuan/kWh */
  readonly price: number;
  /** 0.0001 kWh */
  readonly energy: number;
  readonly lossEnergy: number;
  /** 0.0001 yuan */
  readonly amount: number;
}

export interface BillTotals {
  readonly shares: readonly [RateShare, RateShare, RateShare, RateShare];
  readonly energy: number;
  readonly lossEnergy: number;
  readonly amount: number;
}

/** Energy of a charge by rate, in exact integers: 0.1 Wh, 0.00001 yuan/kWh, 0.0001 yuan (rounded half up, once a rate). */
export class Bill {
  readonly #model: TariffModel;
  readonly #quirks: Quirks;
  readonly #energies: [number, number, number, number] = [0, 0, 0, 0];
  #register: number;

  /** @param register in 0.1 Wh */
  constructor(model: TariffModel, quirks: Quirks, register: number) {
    this.#model = model;
    this.#quirks = quirks;
    this.#register = register;
  }

  /** What has flowed since the last time belongs to this rate. */
  count(rate: Rate, register: number): void {
    this.#energies[rate] += register - this.#register;
    this.#register = register;
  }

  totals(): BillTotals {
    const shares = RATES.map((rate) => this.#share(rate, this.#energies[rate]));
    const sum = (of: (share: RateShare) => number) => shares.reduce((total, share) => total + of(share), 0);
    return {
      shares: shares as unknown as BillTotals['shares'],
      energy: sum(({ energy }) => energy),
      lossEnergy: sum(({ lossEnergy }) => lossEnergy),
      amount: sum(({ amount }) => amount),
    };
  }

  /**
   * How much more may flow at a rate until the amount comes to a limit, in 0.1 Wh.
   *
   * @param limit 0.0001 yuan
   * @returns undefined when it never does
   */
  energyUntil(limit: number, rate: Rate): number | undefined {
    const { amount } = this.totals();
    if (amount >= limit) return 0;
    const own = this.#energies[rate];
    const reaches = (more: number) =>
      amount - this.#share(rate, own).amount + this.#share(rate, own + more).amount >= limit;
    if (this.#model.prices[rate] === 0) return undefined;
    let high = 1;
    while (!reaches(high)) {
      if (high > MAX_ENERGY) return undefined;
      high *= 2;
    }
    let low = Math.floor(high / 2);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (reaches(middle)) high = middle;
      else low = middle;
    }
    return high;
  }

  #share(rate: Rate, delivered: number): RateShare {
    const { billFactor, lossPercent = this.#model.lossPercent, truncatesAmounts } = this.#quirks;
    const price = this.#model.prices[rate];
    const energy = Math.round(delivered * billFactor);
    const lossEnergy = Math.floor((energy * (100 + lossPercent)) / 100);
    const exact = Number((BigInt(price) * BigInt(lossEnergy) * 2n + PRICE_STEPS) / (2n * PRICE_STEPS));
    const amount = truncatesAmounts ? exact - (exact % PER_CENT) : exact;
    return { price, energy, lossEnergy, amount };
  }
}
