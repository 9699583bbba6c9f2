import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@voltpile/platform/database/connection';
import { takeTurn } from '@voltpile/platform/database/turn';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { DomainEvent, DomainEventType } from '../contract/events.ts';
import { advanceCursor, readCursor, readEvents } from '../persistence/outbox-repository.ts';
import type { OutboxTail } from './outbox-tail.ts';

export interface RelayOptions {
  readonly tail: OutboxTail;
  readonly database: Database;
  readonly logger: Logger;
  /** Names the cursor: one for each subscribed service. */
  readonly consumer: string;
  /**
   * Takes a batch, in order. Resolves after the consumer has committed it to its inbox; a rejection delivers the same batch again later. A
   * batch may come twice (after a crash, or while two versions run side by side), so the inbox goes by event id.
   */
  readonly deliver: (events: readonly DomainEvent[]) => Promise<void>;
  /** Where a consumer begins that has never been here. */
  readonly startAt: 'beginning' | 'now';
  /** Only events of these types are delivered; all when absent. Asked before each batch. */
  readonly types?: (() => Promise<readonly DomainEventType[]>) | undefined;
  /** Lets events gather for so long between two looks (default 0): for a consumer that is in no hurry, on a busy system. */
  readonly pauseMs?: number;
  readonly batchSize?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
}

const WAIT_MS = 10_000;
/** How often it is stored that events were passed which are not delivered. */
const NOTE_MS = 1000;

/** How far a relay has come, and what the database knows of that. */
interface Place {
  readonly reached: bigint;
  /** The last batch was full: there is more. */
  readonly isBehind: boolean;
  readonly stored: bigint;
  readonly storedAt: number;
}

/**
 * Carries events to one consumer, at least once, in order, never past a commit that is still under way. Of several processes one does it; another goes on
 * where that one ends, or cannot deliver.
 */
export class OutboxRelay {
  readonly #options: Required<Omit<RelayOptions, 'types'>> & Pick<RelayOptions, 'types'>;
  readonly #halt = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = { batchSize: 200, firstRetryMs: 1000, maxRetryMs: 60_000, pauseMs: 0, ...options };
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
    const { firstRetryMs, maxRetryMs, logger, consumer, database } = this.#options;
    const { signal } = this.#halt;
    let retryMs = firstRetryMs;
    const delivered = (): void => {
      retryMs = firstRetryMs;
    };
    while (!signal.aborted) {
      try {
        await using turn = await takeTurn(database, `relay ${consumer}`, signal);
        if (turn !== undefined) await this.#deliverWhile(AbortSignal.any([signal, turn.lost]), delivered);
      } catch (err) {
        if (signal.aborted) return;
        logger.warn({ err, consumer, retryMs }, 'events could not be delivered; trying again');
        await pause(retryMs, signal);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
  }

  async #deliverWhile(ended: AbortSignal, delivered: () => void): Promise<void> {
    const { pauseMs } = this.#options;
    let place: Place | undefined;
    while (!ended.aborted) {
      place = await this.#step(place, ended);
      delivered();
      // Whoever is behind has no time to let events gather. Where another process was faster the pause stays: one of them is enough.
      if (pauseMs > 0 && place?.isBehind !== true) await pause(pauseMs, ended);
    }
  }

  /** Delivers one batch, or waits for one. Returns the new place; undefined when it is to be read again. */
  async #step(known: Place | undefined, ended: AbortSignal): Promise<Place | undefined> {
    const { tail, database, batchSize, deliver, startAt, types } = this.#options;
    const { knex } = database;
    const safe = await tail.safeId();
    const place = known ?? (await this.#begin(startAt === 'now' ? safe : 0n));
    if (place.reached >= safe) {
      // What was passed is noted on an idle system, too: how far a consumer is behind is read from its cursor.
      const untilNoteMs = place.storedAt + NOTE_MS - Date.now();
      if (place.stored < place.reached && untilNoteMs <= 0) return this.#note(place, place.reached, false);
      await tail.changed(place.reached, place.stored < place.reached ? untilNoteMs : WAIT_MS, ended);
      return { ...place, isBehind: false };
    }
    const events = await readEvents(knex, EVERYTHING, place.reached, safe, batchSize, await types?.());
    if (events.length > 0) await deliver(events.map(({ event }) => event));
    const last = events.length === batchSize ? events.at(-1)?.id : undefined;
    const reached = last ?? safe;
    // Passing what the consumer does not want is noted now and then: after a crash it is passed again, which delivers nothing twice.
    if (events.length === 0 && Date.now() - place.storedAt < NOTE_MS) return { ...place, reached, isBehind: false };
    return this.#note(place, reached, last !== undefined);
  }

  /** Undefined when another process has moved the cursor meanwhile. */
  async #note({ stored }: Place, reached: bigint, isBehind: boolean): Promise<Place | undefined> {
    const { database, consumer } = this.#options;
    if (!(await advanceCursor(database.knex, consumer, stored, reached))) return undefined;
    return { reached, stored: reached, storedAt: Date.now(), isBehind };
  }

  async #begin(start: bigint): Promise<Place> {
    const stored = await readCursor(this.#options.database.knex, this.#options.consumer, start);
    return { reached: stored, stored, storedAt: Date.now(), isBehind: false };
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
