import type { Importance } from '@voltpile/kernel/port-contract';

/** How full a service may be for work of each kind to be begun. */
const SHARE: Readonly<Record<Importance, number>> = { read: 0.5, status: 0.75, transaction: 1 };

/** Counts what a service has in hand, and refuses the less important first: so that a storm of questions leaves room for what charges report. */
export class LoadGate {
  readonly #most: number;
  #inHand = 0;

  /** @param most calls in hand at once */
  constructor(most: number) {
    this.#most = most;
  }

  get inHand(): number {
    return this.#inHand;
  }

  /** @returns whether it may be begun; then `leave` is to be called at its end */
  enter(importance: Importance): boolean {
    if (this.#inHand >= this.#most * SHARE[importance]) return false;
    this.#inHand += 1;
    return true;
  }

  leave(): void {
    this.#inHand -= 1;
  }
}
