import { TokenBucket } from '../connections/token-bucket.ts';

/** Buckets that are remembered; the oldest is forgotten first. */
const MAX_BUCKETS = 20_000;

/** A rate for each of many: logins of addresses and piles, and what else of a pile must outlast its connection. */
export class LoginBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** @param now `performance.now()` */
  tryTake(key: string, now: number): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) bucket = new TokenBucket(this.#perSecond, this.#burst, now);
    else this.#buckets.delete(key);
    // Put behind the others: who comes often is not forgotten.
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket.tryTake(now);
  }
}
