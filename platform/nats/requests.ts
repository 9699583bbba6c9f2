import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node';
import type { VoltpileError } from '@voltpile/kernel/errors';
import type { Bus } from './connection.ts';
import { badAnswer, connectionLost, noService, timedOut } from './wire.ts';

interface Waiting {
  readonly method: string;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: VoltpileError) => void;
  readonly timer: NodeJS.Timeout;
}

/** What the broker says when nobody is subscribed. */
const NO_RESPONDERS = 503;

/**
 * Questions and their answers, over one subscription for all of them. In place of the client library's own, which makes an error for every answer
 * (a fifth of what a call cost), and leaves what is asked when the connection is lost to its timeout.
 */
export class Requests {
  readonly #bus: Bus;
  readonly #inbox = createInbox();
  readonly #waiting = new Map<string, Waiting>();
  readonly #subscription: Subscription;
  readonly #stopListening: () => void;
  #last = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#subscription = bus.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
      },
    });
    this.#stopListening = bus.onLost(() => this.#failAll());
  }

  /** @throws Unavailable `port.no_service`, `port.timed_out`, `port.connection_lost`; Internal `port.bad_answer` */
  ask(
    method: string,
    subject: string,
    bytes: Uint8Array,
    { timeoutMs, headers }: { readonly timeoutMs: number; readonly headers?: MsgHdrs },
  ): Promise<Msg> {
    const token = (++this.#last).toString(36);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(token);
        reject(timedOut({ method }));
      }, timeoutMs);
      this.#waiting.set(token, { method, resolve, reject, timer });
      try {
        const reply = `${this.#inbox}.${token}`;
        this.#bus.connection.publish(subject, bytes, headers === undefined ? { reply } : { reply, headers });
      } catch (error) {
        this.#end(token);
        reject(connectionLost({ method }, error));
      }
    });
  }

  close(): void {
    this.#stopListening();
    this.#failAll();
    if (!this.#subscription.isClosed()) this.#subscription.unsubscribe();
  }

  #take(answer: Msg): void {
    const token = answer.subject.slice(this.#inbox.length + 1);
    const waiting = this.#end(token);
    // One that comes too late is nobody's.
    if (waiting === undefined) return;
    const { method } = waiting;
    try {
      if (answer.data.length === 0 && answer.headers?.code === NO_RESPONDERS) waiting.reject(noService({ method }));
      else waiting.resolve(answer);
    } catch (error) {
      // Its headers: let through, it would end the reading of the connection.
      waiting.reject(badAnswer({ method }, error));
    }
  }

  #failAll(): void {
    for (const token of [...this.#waiting.keys()]) {
      const waiting = this.#end(token);
      waiting?.reject(connectionLost({ method: waiting.method }));
    }
  }

  #end(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(token);
    return waiting;
  }
}
