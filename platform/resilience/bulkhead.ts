import { defineError, type VoltpileError } from '@voltpile/kernel/errors';

export const tooManyWaiting = defineError(
  'port.too_many_waiting',
  'Unavailable',
  'Too many calls of {method} wait already.',
);
export const notBegun = defineError(
  'port.not_begun',
  'Unavailable',
  '{method} was not begun in time: too many calls of it are under way.',
);
export const callerGone = defineError('port.caller_gone', 'Unavailable', 'Whoever asked for {method} has gone.');

/** How long a call waits for its turn. */
export interface Patience {
  readonly timeoutMs?: number;
  readonly gone?: AbortSignal | undefined;
}

/** Lets so many pass at once and so many wait, in order; refuses the others. What nobody waits for any more is not begun. */
export class Bulkhead {
  readonly #method: string;
  readonly #concurrency: number;
  readonly #queueLimit: number;
  /** In the order of their arrival. */
  readonly #queue = new Set<() => void>();
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
    return this.#queue.size;
  }

  /** @throws Unavailable `port.too_many_waiting`, `port.not_begun`, `port.caller_gone` */
  async run<T>(work: () => Promise<T>, patience: Patience = {}): Promise<T> {
    if (patience.gone?.aborted === true) throw callerGone({ method: this.#method });
    if (this.#running >= this.#concurrency) {
      if (this.#queue.size >= this.#queueLimit) throw tooManyWaiting({ method: this.#method });
      // Whoever leaves hands its place on: it stays counted.
      await this.#turn(patience);
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const [next] = this.#queue;
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn({ timeoutMs, gone }: Patience): Promise<void> {
    const method = this.#method;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#queue.delete(enter);
        clearTimeout(timer);
        gone?.removeEventListener('abort', leave);
      };
      const enter = (): void => {
        end();
        resolve();
      };
      const giveUp = (error: VoltpileError): void => {
        end();
        reject(error);
      };
      const leave = (): void => giveUp(callerGone({ method }));
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => giveUp(notBegun({ method })), timeoutMs);
      gone?.addEventListener('abort', leave);
      this.#queue.add(enter);
    });
  }
}
