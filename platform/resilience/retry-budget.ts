/**
 * How many calls may be tried again: a share of those that are made. When everything fails, retries would only multiply the load of whoever is down.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #most: number;
  #tokens: number;

  /**
   * @param share retries for each call
   * @param most retries in a row, after a quiet time
   */
  constructor(share = 0.1, most = 20) {
    this.#share = share;
    this.#most = most;
    this.#tokens = most;
  }

  /** A call is made for the first time. */
  note(): void {
    this.#tokens = Math.min(this.#tokens + this.#share, this.#most);
  }

  /** @returns whether one may be tried again */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
