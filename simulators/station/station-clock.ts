import type { Clock, Instant } from '@voltpile/kernel/clock';
import type { Faults } from './faults.ts';

/**
 * The clock inside a station: when things really happen comes from simulated time, what the station writes about it goes through its
 * clock's faults.
 */
export class StationClock implements Clock {
  readonly #time: Clock;
  readonly #faults: Faults;
  #poweredOnAt: Instant;

  constructor(time: Clock, faults: Faults) {
    this.#time = time;
    this.#faults = faults;
    this.#poweredOnAt = time.now();
  }

  /** True simulated time. */
  now(): Instant {
    return this.#time.now();
  }

  poweredOn(): void {
    this.#poweredOnAt = this.#time.now();
  }

  /** An instant as this station writes it into a message (RFC 3339, UTC). */
  write(at: Instant): string {
    const fault = this.#faults.clock;
    switch (fault?.kind) {
      case undefined:
        return new Date(at).toISOString();
      case 'offset':
        return new Date(at + fault.milliseconds).toISOString();
      case 'since-1970':
        return new Date(Math.max(0, at - this.#poweredOnAt)).toISOString();
      case 'no-zone':
        return new Date(at).toISOString().slice(0, -1);
    }
  }
}
