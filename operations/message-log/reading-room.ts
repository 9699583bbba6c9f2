import { defineError } from '@voltpile/kernel/errors';

export const messageLogBusy = defineError(
  'message_log.busy',
  'Unavailable',
  'Too many people read the message log at the moment.',
);

/** Lets so many questions run at a time, and so many wait: a search through large tables must not take all connections of the process. */
export class ReadingRoom {
  readonly #seats: number;
  readonly #maxWaiting: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(seats: number, maxWaiting: number) {
    this.#seats = seats;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws Unavailable `message_log.busy` */
  async read<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#seats) {
      if (this.#waiting.length >= this.#maxWaiting) throw messageLogBusy();
      // Whoever leaves hands over the seat.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#taken += 1;
    }
    try {
      return await ask();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
