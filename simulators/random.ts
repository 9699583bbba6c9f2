/**
 * Numbers that look random and are the same for the same seed (the mulberry32 generator), so that a run can be repeated. Not for
 * secrets.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A generator of its own for somebody with a name: stations of a fleet do not disturb each other's sequence. */
  static named(seed: number, name: string): Random {
    let hash = seed >>> 0;
    for (let index = 0; index < name.length; index += 1) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
    }
    return new Random(hash);
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** low ≤ x < high */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, low ≤ x ≤ high */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('There is nothing to pick from');
    return items[this.integer(0, items.length - 1)] as T;
  }
}
