/** Something that stopped reading because the process held too much. */
export interface BudgetWaiter {
  budgetFreed(): void;
}

/**
 * Bytes and messages waiting in the queues of all stations. Whoever finds it exceeded stops reading and is called back when a
 * quarter of it is free again.
 */
export class QueueBudget {
  readonly #maxBytes: number;
  readonly #waiting = new Set<BudgetWaiter>();
  #bytes = 0;
  #messages = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  get exceeded(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  take(bytes: number): void {
    this.#bytes += bytes;
    this.#messages += 1;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
    this.#messages -= 1;
    if (this.#waiting.size === 0 || this.#bytes > this.#maxBytes * 0.75) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter.budgetFreed();
  }

  wait(waiter: BudgetWaiter): void {
    this.#waiting.add(waiter);
  }

  leave(waiter: BudgetWaiter): void {
    this.#waiting.delete(waiter);
  }
}
