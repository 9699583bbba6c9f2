import type { Msg } from '@nats-io/transport-node';
import * as z from 'zod';
import type { Bus } from '../nats/connection.ts';
import { decode, encode, notConnected } from '../nats/wire.ts';
import type { ClusterFacts } from './cluster-facts.ts';

/** By what a process shows that it belongs to the cluster. */
export interface Papers {
  /** Another one after each start; sorts by it. */
  readonly instance: string;
  readonly node: string;
  readonly host: string;
  readonly pid: number;
  /** It has made sure that it belongs here; otherwise it is just about to. */
  readonly isSettled: boolean;
  readonly facts: ClusterFacts;
}

/** Older versions do not answer. */
const SHOW = 'voltpile.registry.v1.papers';
/** Answers take milliseconds; a process that is busy may need longer. */
const ASK_MS = 1000;
const MOST_ANSWERS = 1000;
const MOST_FACTS = 50;

const name = z.string().min(1).max(255);
const papers = z.object({
  instance: name,
  node: name,
  host: z.string().max(255),
  pid: z.number().int(),
  isSettled: z.boolean(),
  facts: z.record(name, name).refine((facts) => Object.keys(facts).length <= MOST_FACTS),
}) satisfies z.ZodType<Papers>;

/** Shows the papers of this process to whoever asks, until the connection ends, and asks the others for theirs. */
export class PaperExchange {
  readonly #bus: Bus;
  readonly #own: () => Papers;
  readonly #met = new Map<string, Papers>();

  /** @param own as they are at the moment */
  constructor(bus: Bus, own: () => Papers) {
    this.#bus = bus;
    this.#own = own;
    bus.connection.subscribe(SHOW, {
      callback: (error, message) => {
        if (error !== null || !this.#meet(message)) return;
        message.respond(encode(own()));
      },
    });
  }

  /** Those that have answered, or have asked themselves, until this process was settled. */
  get met(): readonly Papers[] {
    return [...this.#met.values()];
  }

  /**
   * Asks all, and waits for a second.
   *
   * @returns see {@link met}
   * @throws Unavailable `port.not_connected`
   */
  async ask(): Promise<readonly Papers[]> {
    if (!this.#bus.isConnected) throw notConnected();
    // Who asks shows its own, so that of two that start at once at least one hears of the other.
    const answers = await this.#bus.connection.requestMany(SHOW, encode(this.#own()), {
      strategy: 'timer',
      maxWait: ASK_MS,
    });
    for await (const answer of answers) this.#meet(answer);
    if (!this.#bus.isConnected) throw notConnected();
    return this.met;
  }

  /** @returns false: it is our own, or nothing that can be read */
  #meet(message: Msg): boolean {
    const read = papers.safeParse(readJson(message));
    const own = this.#own();
    if (!read.success || read.data.instance === own.instance) return false;
    if (!own.isSettled && this.#met.size < MOST_ANSWERS) this.#met.set(read.data.instance, read.data);
    return true;
  }
}

function readJson(message: Msg): unknown {
  try {
    return decode(message.data);
  } catch {
    return undefined;
  }
}
