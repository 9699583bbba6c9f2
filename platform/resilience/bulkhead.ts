import { defineError } from '@voltpile/kernel/errors';

export const tooManyWaiting = defineError(
  'port.too_many_waiting',
  'Unavailable',
  'Too many calls of {method} wait already.',
);

/** Lets so many pass at once and so many wait, in order; refuses the others. */
export class Bulkhead {
  readonly #method: string;
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(method: string, concurrency: number, queueLimit: number) {
    this.#method = method;
    this.#concurrency = concurrency;
    this.#queueLimit = queueLimit;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** @throws Unavailable `port.too_many_waiting` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#queue.length >= this.#queueLimit) throw tooManyWaiting({ method: this.#method });
      // Whoever leaves hands its place on: it stays counted.
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
