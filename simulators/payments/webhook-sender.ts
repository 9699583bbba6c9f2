import { createHmac } from 'node:crypto';
import type { FakeEvent } from './stripe-objects.ts';

export interface WebhookSenderOptions {
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Between the tries of one event. */
  readonly retryMs: number;
  /** Told what became of each try; 0: nobody was reached. */
  readonly onTold?: ((event: FakeEvent, status: number) => void) | undefined;
}

const MAX_EVENTS = 10_000;
const TRIES = 5;
const ANSWER_TIME_MS = 10_000;

/**
 * Tells somebody of events, signed as Stripe signs. By default at once and one after the other, again where the answer was not a success; on demand
 * they are held back to be let go in another order or more than once, or are lost.
 */
export class WebhookSender {
  /** Where to; undefined: nobody is told. */
  url: string | undefined;
  /** Every event there was, the newest last, as many as are kept. */
  readonly history: FakeEvent[] = [];
  readonly #options: WebhookSenderOptions;
  readonly #stop = new AbortController();
  #held: FakeEvent[] | undefined;
  #toLose = 0;
  #chain: Promise<unknown> = Promise.resolve();

  constructor(url: string | undefined, options: WebhookSenderOptions) {
    this.url = url;
    this.#options = options;
  }

  emit(event: FakeEvent): void {
    this.history.push(event);
    if (this.history.length > MAX_EVENTS) this.history.shift();
    if (this.#toLose > 0) this.#toLose--;
    else if (this.#held !== undefined) this.#held.push(event);
    else this.#queue(event);
  }

  /** From now on events wait. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets the waiting ones go, in the order that `arrange` gives them (it may repeat some, or leave some out), and holds none any more. */
  async release(arrange: (events: readonly FakeEvent[]) => readonly FakeEvent[] = (events) => events): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of arrange(held).slice(0, MAX_EVENTS)) this.#queue(event);
    await this.idle();
  }

  /** The next events are never told. */
  lose(count: number): void {
    this.#toLose = count;
  }

  /** Resolves when everything was told that is not held. */
  async idle(): Promise<void> {
    await this.#chain;
  }

  /** Sends one event once. @returns the status of the answer */
  async send(
    event: FakeEvent,
    options: { readonly secret?: string; readonly signedAt?: number } = {},
  ): Promise<number> {
    if (this.url === undefined) return 0;
    const body = JSON.stringify(event);
    const seconds = Math.floor((options.signedAt ?? this.#options.now()) / 1000);
    const signature = createHmac('sha256', options.secret ?? this.#options.secret)
      .update(`${seconds}.${body}`)
      .digest('hex');
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': `t=${seconds},v1=${signature}`,
      },
      body,
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_TIME_MS)]),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#chain;
  }

  #queue(event: FakeEvent): void {
    this.#chain = this.#chain.then(() => this.#deliver(event));
  }

  async #deliver(event: FakeEvent): Promise<void> {
    for (let tries = 0; tries < TRIES && !this.#stop.signal.aborted; tries++) {
      const status = await this.send(event).catch(() => 0);
      if (status === 0 && this.url === undefined) return;
      this.#options.onTold?.(event, status);
      if (status >= 200 && status < 300) return;
      await new Promise((resolve) => setTimeout(resolve, this.#options.retryMs));
    }
  }
}
