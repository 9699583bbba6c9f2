/** Milliseconds since 1970-01-01T00:00:00Z. Branded so that a duration or a plain number is not taken for a point in time. */
export type Instant = number & { readonly __brand: 'Instant' };

/** Brands a number of epoch milliseconds. */
export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant;
}

/** RFC 3339 text in UTC with milliseconds, as every protocol and the API write it. */
export function toIso(at: Instant): string {
  return new Date(at).toISOString();
}

/** Where time comes from. Passed in, so that rules can be tested at any hour. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => Date.now() as Instant };

/** A clock that stands still until told otherwise. For tests and simulators. */
export class FakeClock implements Clock {
  #now: number;

  constructor(start: number | string) {
    this.#now = typeof start === 'number' ? start : Date.parse(start);
  }

  now(): Instant {
    return this.#now as Instant;
  }

  /** Moves time by the given milliseconds (backwards when negative). */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
