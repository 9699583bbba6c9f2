/**
 * Lets the first one through at once, and whoever comes shortly after it together, when the time is over: what nobody waits for then shares one
 * commit in place of having one each. When little comes nothing waits, and nobody waits twice: what stood in a queue while the gate opened goes
 * through, so that a queue moves on by more than one a time.
 */
export class BurstGate {
  readonly #windowMs: number;
  #waiting: PromiseWithResolvers<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** @param since when it came, of `performance.now()` @returns undefined: go on at once */
  pass(since: number): Promise<void> | undefined {
    if (since < this.#openedAt) return undefined;
    if (this.#timer === null) {
      this.#openedAt = performance.now();
      this.#timer = setTimeout(() => this.#open(), this.#windowMs);
      this.#timer.unref();
      return undefined;
    }
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Nobody waits any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  #open(): void {
    this.#timer = null;
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.#openedAt = performance.now();
    // Who comes meanwhile waits for the next time.
    this.#timer = setTimeout(() => this.#open(), this.#windowMs);
    this.#timer.unref();
    waiting.resolve();
  }
}
