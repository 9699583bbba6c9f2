/**
 * Lets the first one through at once, and whoever comes shortly after it together, when the time is over: what nobody waits for then shares one
 * commit in place of having one each. When little comes nothing waits.
 */
export class BurstGate {
  readonly #windowMs: number;
  #waiting: PromiseWithResolvers<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** undefined: go on at once. */
  pass(): Promise<void> | undefined {
    if (this.#timer === null) {
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
    // Who comes meanwhile waits for the next time.
    this.#timer = setTimeout(() => this.#open(), this.#windowMs);
    this.#timer.unref();
    waiting.resolve();
  }
}
