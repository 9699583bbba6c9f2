import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from './problem.ts';

/** So many requests in so many seconds per key. Counted in memory; a counter goes when its window ends. */
export class RateLimit {
  readonly #limiter: RateLimiterMemory;
  readonly #points: () => number;
  readonly #seconds: number;

  /** @param points read anew each time */
  constructor(points: () => number, seconds: number) {
    this.#limiter = new RateLimiterMemory({ points: points(), duration: seconds });
    this.#points = points;
    this.#seconds = seconds;
  }

  /** @throws 429 `request.rate_limited` */
  async count(key: string): Promise<void> {
    const points = this.#points();
    this.#limiter.points = points;
    try {
      await this.#limiter.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw tooManyRequests(
        'request.rate_limited',
        `More than ${points} requests in ${this.#seconds} s. Please slow down.`,
        Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
      );
    }
  }
}
