import { defineError } from '@voltpile/kernel/errors';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Pool } from 'pg';
import { type OutboxEvent, readOutboxRange, readTail, readTransactionBound } from '../persistence/outbox-repository.ts';

export const eventsNotReady = defineError(
  'events.not_ready',
  'Unavailable',
  'Events cannot be read at the moment; try again soon.',
);

export interface OutboxTailOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  /** Looks at least this often, for what other processes have written (default 1 s). */
  readonly pollIntervalMs?: number;
  /** Looks at most this often, however many commits there are (default 20 ms). */
  readonly minPauseMs?: number;
  /** Stops looking when nobody has asked for so long (default 30 s). */
  readonly idleAfterMs?: number;
  /** Events kept in memory for readers that are up to date. */
  readonly maxWindow?: number;
  readonly maxWindowBytes?: number;
}

const BATCH = 1000;

/**
 * Everything up to `upTo` can be passed, gaps included, once a snapshot shows every transaction below `bound` as ended.
 */
interface Fence {
  readonly bound: bigint;
  readonly upTo: bigint;
}

interface Waiter {
  readonly after: bigint;
  readonly wake: () => void;
}

/**
 * Follows the outbox. Event numbers are given out when a row is written, but rows become visible when their transaction commits: number 8
 * may be readable while 7 is still under way, and 7 may never come (rolled back). A reader that passed 8 would lose 7.
 *
 * So the tail stops before a gap and puts up a fence: it takes a transaction number of its own, which is above that of every transaction
 * that can still fill the gap (whoever holds an event number has had its transaction number before; `append-events.ts` sees to that even
 * where an event is the first write). When a snapshot's `xmin` has reached that number, all those transactions have ended; what is missing
 * then stays missing. (The snapshot's `xmax` would not do as the fence: it is the highest *ended* transaction plus one, and those under way
 * may lie above it.)
 *
 * Looks only while somebody wants to know. The newest events stay in memory, so that many readers cost one query.
 */
export class OutboxTail {
  readonly #options: Required<OutboxTailOptions>;
  readonly #waiters = new Set<Waiter>();
  /** Everything up to here is final; undefined while not following. */
  #safe: bigint | undefined;
  #fence: Fence | undefined;
  #window: OutboxEvent[] = [];
  #windowBytes = 0;
  /** The window holds every event in (floor, safe]. */
  #floor = 0n;
  #loop: Promise<void> | undefined;
  #lastDemand = 0;
  #stopped = false;
  #poked = false;
  #alarm: (() => void) | undefined;

  constructor(options: OutboxTailOptions) {
    this.#options = {
      pollIntervalMs: 1000,
      minPauseMs: 20,
      idleAfterMs: 30_000,
      maxWindow: 2000,
      maxWindowBytes: 16 * 1024 * 1024,
      ...options,
    };
  }

  /** Something was committed in this process. Costs nothing while nobody follows. */
  poke(): void {
    this.#poked = true;
    this.#alarm?.();
  }

  /**
   * The number up to which events are final: nothing can appear below it any more.
   *
   * @throws Unavailable `events.not_ready` when it cannot be found within the time
   */
  async safeId(timeoutMs = 10_000): Promise<bigint> {
    this.#follow();
    if (this.#safe === undefined) await this.#wait(-1n, timeoutMs);
    if (this.#safe === undefined) throw eventsNotReady();
    return this.#safe;
  }

  /** Resolves when something newer is final, or after the time, or when the tail stops or the signal is given. */
  async changed(after: bigint, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#follow();
    if (this.#safe === undefined || this.#safe <= after) await this.#wait(after, timeoutMs, signal);
  }

  /** Final events after the number, from memory; undefined when they reach further back than the window. */
  recent(after: bigint): readonly OutboxEvent[] | undefined {
    if (this.#safe === undefined || after < this.#floor) return undefined;
    let low = 0;
    let high = this.#window.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#window[middle] as OutboxEvent).id <= after) low = middle + 1;
      else high = middle;
    }
    return this.#window.slice(low);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm?.();
    await this.#loop;
    this.#forget();
    for (const { wake } of [...this.#waiters]) wake();
  }

  #follow(): void {
    this.#lastDemand = Date.now();
    if (this.#loop !== undefined || this.#stopped) return;
    this.#loop = this.#run().finally(() => {
      this.#loop = undefined;
    });
  }

  #wait(after: bigint, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#stopped || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        after,
        wake: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', waiter.wake);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.wake, timeoutMs);
      signal?.addEventListener('abort', waiter.wake);
      this.#waiters.add(waiter);
    });
  }

  async #run(): Promise<void> {
    const { minPauseMs, pollIntervalMs, idleAfterMs, logger } = this.#options;
    let failing = false;
    let fencePauseMs = minPauseMs;
    while (!this.#stopped && (this.#waiters.size > 0 || Date.now() - this.#lastDemand < idleAfterMs)) {
      let pauseMs = pollIntervalMs;
      try {
        this.#poked = false;
        const hasMore = this.#safe === undefined ? await this.#begin() : await this.#advance(this.#safe);
        if (hasMore) pauseMs = 0;
        // Most gaps close within milliseconds; one that stands long is looked at ever less often.
        fencePauseMs = this.#fence === undefined ? minPauseMs : Math.min(fencePauseMs * 2, pollIntervalMs);
        if (!hasMore && this.#fence !== undefined) pauseMs = fencePauseMs;
        failing = false;
      } catch (err) {
        if (!failing) logger.warn({ err }, 'the outbox could not be read; trying on');
        failing = true;
        this.#poked = false;
      }
      if (!this.#poked || failing) await this.#sleep(pauseMs, !failing);
      // Commits come faster than anybody wants to look: let some gather.
      if (this.#poked) await this.#sleep(minPauseMs, false);
    }
    if (!this.#stopped) this.#forget();
  }

  /** Finds where to begin: the newest number, once nothing can appear below it. */
  async #begin(): Promise<boolean> {
    const { pool } = this.#options;
    if (this.#fence === undefined) {
      const { last } = await readOutboxRange(pool);
      this.#fence = { bound: await readTransactionBound(pool), upTo: last };
    }
    const { bound, upTo } = this.#fence;
    const { xmin } = await readTail(pool, upTo, 1);
    if (xmin < bound) return false;
    this.#fence = undefined;
    this.#floor = upTo;
    this.#reach(upTo);
    return true;
  }

  /** Passes what is final. True when there may be more to read at once. */
  async #advance(safe: bigint): Promise<boolean> {
    const { pool } = this.#options;
    const { xmin, events } = await readTail(pool, safe, BATCH);
    const open = this.#fence !== undefined && xmin >= this.#fence.bound ? this.#fence.upTo : safe;
    let reached = open > safe ? open : safe;
    let passed = 0;
    for (const { id } of events) {
      if (id > reached && id !== reached + 1n) break;
      if (id > reached) reached = id;
      passed += 1;
    }
    // A full batch says nothing about what lies behind its last event.
    const full = events.length === BATCH;
    const lastRead = events.at(-1)?.id;
    if (full && passed === events.length && lastRead !== undefined && reached > lastRead) reached = lastRead;
    if (this.#fence !== undefined && xmin >= this.#fence.bound && reached >= this.#fence.upTo) this.#fence = undefined;
    this.#keep(events.slice(0, passed));
    if (reached > safe) this.#reach(reached);
    if (passed === events.length) return full;
    if (this.#fence === undefined && lastRead !== undefined) {
      this.#fence = { bound: await readTransactionBound(pool), upTo: lastRead };
    }
    return false;
  }

  #keep(events: readonly OutboxEvent[]): void {
    const { maxWindow, maxWindowBytes } = this.#options;
    for (const event of events) {
      this.#window.push(event);
      this.#windowBytes += event.bytes;
    }
    let drop = 0;
    while (
      drop < this.#window.length &&
      (this.#window.length - drop > maxWindow || this.#windowBytes > maxWindowBytes)
    ) {
      const oldest = this.#window[drop] as OutboxEvent;
      this.#windowBytes -= oldest.bytes;
      this.#floor = oldest.id;
      drop += 1;
    }
    if (drop > 0) this.#window.splice(0, drop);
  }

  #reach(id: bigint): void {
    this.#safe = id;
    for (const waiter of [...this.#waiters]) if (waiter.after < id) waiter.wake();
  }

  #forget(): void {
    this.#safe = undefined;
    this.#fence = undefined;
    this.#window = [];
    this.#windowBytes = 0;
  }

  /** Sleeps so long, or until a poke when `wakeable`, or until the stop. */
  async #sleep(milliseconds: number, wakeable: boolean): Promise<void> {
    if (milliseconds === 0 || this.#stopped) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#alarm = undefined;
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.#alarm = () => {
        if (wakeable || this.#stopped) finish();
      };
    });
  }
}
