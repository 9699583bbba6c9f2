import type { Uuid } from '@voltpile/kernel/ids';
import type { CostReport } from '../contract/costs-port.ts';

type Told = Pick<CostReport, 'cost' | 'asOf' | 'isFinal'>;

/** About 200 bytes each. */
const MAX_REMEMBERED = 50_000;

/** Costs of the charges that were told of last, for answers that must not wait for a look-up. The one that was told longest ago is forgotten first. */
export class LatestCosts {
  readonly #costs = new Map<Uuid, Told>();
  readonly #limit: number;

  constructor(limit: number = MAX_REMEMBERED) {
    this.#limit = limit;
  }

  get(transactionId: Uuid): CostReport['cost'] | undefined {
    return this.#costs.get(transactionId)?.cost;
  }

  /** Of two that are kept at the same time, the later one stays. */
  set(transactionId: Uuid, { cost, asOf, isFinal }: Told): void {
    const known = this.#costs.get(transactionId);
    if (known !== undefined && isEarlier({ asOf, isFinal }, known)) return;
    this.#costs.delete(transactionId);
    if (this.#costs.size >= this.#limit) this.#costs.delete(this.#costs.keys().next().value as Uuid);
    this.#costs.set(transactionId, { cost, asOf, isFinal });
  }
}

/** A final one is later than any other. */
export function isEarlier(one: Pick<Told, 'asOf' | 'isFinal'>, other: Pick<Told, 'asOf' | 'isFinal'>): boolean {
  return one.isFinal === other.isFinal ? one.asOf < other.asOf : other.isFinal;
}
