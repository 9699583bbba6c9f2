import { defineError } from '@voltpile/kernel/errors';

export const tooBusy = defineError(
  'server.busy',
  'Unavailable',
  'Too many requests at once. Please try again shortly.',
);

/** Runs at most so many jobs at once and lets at most so many wait; what is beyond that is refused at once. */
export class BoundedQueue {
  readonly #parallel: number;
  readonly #waitingLimit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(parallel: number, waitingLimit: number) {
    this.#parallel = parallel;
    this.#waitingLimit = waitingLimit;
  }

  /** @throws Unavailable `server.busy` when the queue is full */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#parallel) {
      if (this.#waiting.length >= this.#waitingLimit) throw tooBusy();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      // The place passes on to the next in line without becoming free in between.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
