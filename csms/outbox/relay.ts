import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { DomainEvent } from '../contract/events.ts';
import { advanceCursor, readCursor, readEvents } from '../persistence/outbox-repository.ts';
import type { OutboxTail } from './outbox-tail.ts';

export interface RelayOptions {
  readonly tail: OutboxTail;
  readonly knex: Knex;
  readonly logger: Logger;
  /** Names the cursor: one for each subscribed service. */
  readonly consumer: string;
  /**
   * Takes a batch, in order. Resolves after the consumer has committed it to its inbox; a rejection delivers the same batch again later. A
   * batch may come twice (after a crash, or from two processes), so the inbox goes by event id.
   */
  readonly deliver: (events: readonly DomainEvent[]) => Promise<void>;
  /** Where a consumer begins that has never been here. */
  readonly startAt: 'beginning' | 'now';
  readonly batchSize?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
}

const WAIT_MS = 10_000;

/** Carries events to one consumer, at least once, in order, never past a commit that is still under way. */
export class OutboxRelay {
  readonly #options: Required<RelayOptions>;
  readonly #halt = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = { batchSize: 200, firstRetryMs: 1000, maxRetryMs: 60_000, ...options };
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#halt.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { firstRetryMs, maxRetryMs, logger, consumer } = this.#options;
    const { signal } = this.#halt;
    let retryMs = firstRetryMs;
    let cursor: bigint | undefined;
    while (!signal.aborted) {
      try {
        cursor = await this.#step(cursor);
        retryMs = firstRetryMs;
      } catch (err) {
        if (signal.aborted) return;
        logger.warn({ err, consumer, retryMs }, 'events could not be delivered; trying again');
        cursor = undefined;
        await pause(retryMs, signal);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
  }

  /** Delivers one batch, or waits for one. Returns the new cursor; undefined when it is to be read again. */
  async #step(known: bigint | undefined): Promise<bigint | undefined> {
    const { tail, knex, consumer, batchSize, deliver, startAt } = this.#options;
    const safe = await tail.safeId();
    const cursor = known ?? (await readCursor(knex, consumer, startAt === 'now' ? safe : 0n));
    if (cursor >= safe) {
      await tail.changed(cursor, WAIT_MS, this.#halt.signal);
      return cursor;
    }
    const events = await readEvents(knex, EVERYTHING, cursor, safe, batchSize);
    if (events.length > 0) await deliver(events.map(({ event }) => event));
    const last = events.length === batchSize ? events.at(-1)?.id : undefined;
    const next = last ?? safe;
    return (await advanceCursor(knex, consumer, cursor, next)) ? next : undefined;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish);
  });
}
