import type { VoltpileError } from '@voltpile/kernel/errors';
import type { NewEvent } from '../outbox/append-events.ts';
import { appendEvents } from '../outbox/append-events.ts';
import type { BatchConnection } from '../persistence/batch-connection.ts';
import { GroupCommit } from '../persistence/group-commit.ts';
import type { FactEvent } from '../stations/fact-event.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import type { ModelChange } from './model-change.ts';
import { deviceEventEvent, partEvent, variableChangedEvent } from './model-events.ts';
import { type StoredChange, storeChanges } from './store-changes.ts';

export interface DeviceWriterOptions {
  readonly connection: BatchConnection;
  /** Told the size of each commit. */
  readonly onCommit: (batchSize: number) => void;
}

/** Few, because one part of a report can hold hundreds of variables. */
const MAX_BATCH = 32;
/** A fleet that reports at once waits in its own queues: a station has one message on its way. */
const MAX_WAITING = 2000;

/**
 * The writer of what stations are made of. It has a connection and a queue of its own, so that reports of thousands of variables hold
 * nothing else up. Of one station there is never more than one message in a batch, so its order is kept; facts and their events are in one
 * commit.
 */
export class DeviceWriter {
  readonly #connection: BatchConnection;
  readonly #commits: GroupCommit<ModelChange, { readonly error: VoltpileError } | undefined>;

  constructor(options: DeviceWriterOptions) {
    this.#connection = options.connection;
    this.#commits = new GroupCommit({
      run: (changes) => this.#store(changes),
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      key: ({ station }) => station,
      onCommit: options.onCommit,
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  /**
   * Resolves after the commit.
   *
   * @throws NotFound `station.not_found`; Unavailable `database.unavailable`, `csms.overloaded`, `csms.stopping`
   */
  async submit(change: ModelChange): Promise<void> {
    const failed = await this.#commits.submit(change);
    if (failed !== undefined) throw failed.error;
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#connection.close();
  }

  #store(changes: ModelChange[]): Promise<({ readonly error: VoltpileError } | undefined)[]> {
    return this.#connection.transaction(async (transaction) => {
      const stored = await storeChanges((queries) => transaction.pipeline(queries), changes);
      const events = changes.flatMap((change, index) => eventsOf(change, stored[index]));
      await transaction.finish(events.length === 0 ? [] : [appendEvents(events)]);
      return changes.map(({ station }, index) =>
        stored[index] === undefined ? { error: stationUnknown({ stationId: station }) } : undefined,
      );
    });
  }
}

/** What is told of a change: only what was really new. */
export function eventsOf(change: ModelChange, stored: StoredChange | undefined): NewEvent[] {
  if (stored === undefined) return [];
  const { report, isNewPart, newEvents, changes, model } = stored;
  const told: FactEvent[] = [];
  if (change.part !== null && report !== null && isNewPart) told.push(partEvent(report, change.part));
  told.push(...newEvents.map(deviceEventEvent), ...changes.map(variableChangedEvent));
  const { organizationId, siteId, identity } = model;
  return told.map((event) => ({ ...event, organizationId, siteId, stationId: identity }));
}
