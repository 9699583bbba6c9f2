import { setTimeout as delay } from 'node:timers/promises';
import { type Database, isConnectionError } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ROW_COLUMNS } from './exchange-row.ts';

export interface WriterLimits {
  /** A batch is written when it has so many rows or bytes, or its oldest row so much age. */
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly batchMs: number;
  /** What may wait in memory; what comes beyond it is dropped. */
  readonly bufferRows: number;
  readonly bufferBytes: number;
  /** How long the database may take for a batch. */
  readonly answerMs: number;
  /** Between tries while the database is away. */
  readonly retryMs: number;
}

export const WRITER_LIMITS: WriterLimits = {
  batchRows: 1000,
  batchBytes: 4 * 1024 * 1024,
  batchMs: 500,
  bufferRows: 50_000,
  bufferBytes: 64 * 1024 * 1024,
  answerMs: 20_000,
  retryMs: 1000,
};

/** Why a row was not kept: no room for it, it could not be made, refused by the database, or still here when the process ended. */
export const DROP_REASONS = ['overload', 'failed', 'refused', 'stopped'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface WriterOptions {
  readonly database: Pick<Database, 'dedicatedClient'>;
  readonly logger: Logger;
  readonly onWritten: (rows: number) => void;
  readonly onDropped: (reason: DropReason, rows: number) => void;
  readonly limits?: Partial<WriterLimits>;
}

const COPY = `copy operations.message_log (${ROW_COLUMNS.join(', ')}) from stdin`;
const UNIQUE_VIOLATION = '23505';
/** SQLSTATEs of a row that does not fit; any other refusal is about the table or the right to write it. */
const DATA_ERROR = /^2[23]/;
const CUT_MS = 1000;
const CLOSE_PATIENCE_MS = 3000;
/** A line in the log of the process for so many refusals. */
const REFUSALS_TOLD = 1000;

/**
 * Copies rows into the message log, in batches, on a connection of its own. Whoever offers a row never waits: when too many are here already
 * (they come faster than they can be written, or the database is away) the new one is dropped. The old ones stay, because they are the
 * beginning of the trouble, and because refusing costs nothing at a time when there is nothing to spare.
 */
export class MessageLogWriter {
  readonly #options: WriterOptions;
  readonly #limits: WriterLimits;
  #rows: Buffer[] = [];
  /** Of `#rows` and of the batch that is being written. */
  #bytes = 0;
  #waiting = 0;
  #written = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #client: Client | undefined;
  readonly #stop = new AbortController();
  #isAway = false;
  #refusals = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#limits = { ...WRITER_LIMITS, ...options.limits };
  }

  /** Whether another row would be dropped: then it need not be made. */
  get isFull(): boolean {
    return (
      this.#stop.signal.aborted || this.#waiting >= this.#limits.bufferRows || this.#bytes >= this.#limits.bufferBytes
    );
  }

  /** Rows in memory. */
  get waiting(): number {
    return this.#waiting;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Rows that the database has taken. */
  get written(): number {
    return this.#written;
  }

  /** Rows that were not kept, those that {@link MessageLogWriter.refuse} was told of included. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Counts a row that was not even made. */
  refuse(reason: DropReason): void {
    this.#drop(reason, 1);
  }

  /** Takes a row of `exchangeRow` if there is room for it. */
  add(row: Buffer): void {
    if (this.isFull) {
      this.#drop(this.#stop.signal.aborted ? 'stopped' : 'overload', 1);
      return;
    }
    this.#rows.push(row);
    this.#waiting += 1;
    this.#bytes += row.length;
    if (this.#draining !== undefined) return;
    if (this.#waiting >= this.#limits.batchRows || this.#bytes >= this.#limits.batchBytes) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), this.#limits.batchMs).unref();
  }

  /** Resolves when everything that is here now was written or dropped. */
  async flush(): Promise<void> {
    if (this.#waiting > 0) this.#begin();
    await this.#draining;
  }

  /** Takes no more rows; writes what is here, for so long; drops the rest. */
  async close(patienceMs = CLOSE_PATIENCE_MS): Promise<void> {
    const flushed = this.flush();
    const patience = new AbortController();
    await Promise.race([flushed, delay(patienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
    this.#stop.abort();
    clearTimeout(this.#timer);
    // With a query under way this cuts the connection, which ends the query.
    await this.#client?.end().catch(() => {});
    // Not for long: a connection that is being made ends by its own timeout.
    await Promise.race([flushed, delay(CUT_MS, undefined, { ref: false })]);
    clearTimeout(this.#timer);
    const rows = this.#rows.splice(0);
    if (rows.length > 0) this.#settle(rows, false, 'stopped');
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      // What was offered in the very moment of the end.
      if (this.#rows.length > 0) this.#timer ??= setTimeout(() => this.#begin(), this.#limits.batchMs).unref();
    });
  }

  async #drain(): Promise<void> {
    while (this.#rows.length > 0 && !this.#stop.signal.aborted) {
      await this.#write(this.#nextBatch(), false);
    }
  }

  #nextBatch(): Buffer[] {
    const { batchRows, batchBytes } = this.#limits;
    let count = 0;
    for (let bytes = 0; count < this.#rows.length && count < batchRows && bytes < batchBytes; count += 1) {
      bytes += (this.#rows[count] as Buffer).length;
    }
    return this.#rows.splice(0, count);
  }

  /** Until the rows are in the database, refused by it, or the process ends. */
  async #write(rows: Buffer[], mayBeThere: boolean): Promise<void> {
    let isRepeated = mayBeThere;
    for (;;) {
      try {
        await this.#copy(rows);
        this.#settle(rows, true);
        return;
      } catch (error) {
        await this.#dropClient();
        if (this.#stop.signal.aborted) {
          this.#settle(rows, false, 'stopped');
          return;
        }
        // A batch is taken whole or not at all: the answer to the try before was lost on its way.
        if (isRepeated && (error as { code?: unknown }).code === UNIQUE_VIOLATION) {
          this.#settle(rows, true);
          return;
        }
        if (!isConnectionError(error)) {
          await this.#writeHalves(rows, error);
          return;
        }
        isRepeated = true;
        this.#away(error);
        await delay(this.#limits.retryMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {});
      }
    }
  }

  /** A row that the database will never take fails alone. */
  async #writeHalves(rows: Buffer[], error: unknown): Promise<void> {
    if (rows.length === 1 || !DATA_ERROR.test(String((error as { code?: unknown }).code))) {
      if (this.#refusals % REFUSALS_TOLD === 0) {
        this.#options.logger.warn({ err: error }, 'the database refuses rows of the message log');
      }
      this.#refusals += 1;
      this.#settle(rows, false, 'refused');
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await this.#write(rows.slice(0, middle), false);
    await this.#write(rows.slice(middle), false);
  }

  async #copy(rows: readonly Buffer[]): Promise<void> {
    this.#client ??= await this.#connect();
    const copying = this.#client.query(copyFrom(COPY));
    await new Promise<void>((resolve, reject) => {
      // Stays: a connection that ends after an answer was missed reports once more.
      copying.on('error', reject);
      copying.once('finish', resolve);
      copying.end(Buffer.concat(rows));
    });
    if (this.#isAway) {
      this.#isAway = false;
      this.#options.logger.info({ waiting: this.#waiting }, 'the message log is written again');
    }
  }

  async #connect(): Promise<Client> {
    const { database } = this.#options;
    const client = await database.dedicatedClient({ answerTimeoutMs: this.#limits.answerMs });
    try {
      // The log may lose its last moments in a crash; the commits that stations wait for must not queue behind it.
      await client.query('set synchronous_commit = off');
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    return client;
  }

  async #dropClient(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #away(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#options.logger.warn({ err: error }, 'the message log cannot be written at the moment');
  }

  #settle(rows: readonly Buffer[], isWritten: boolean, reason: DropReason = 'refused'): void {
    this.#waiting -= rows.length;
    for (const row of rows) this.#bytes -= row.length;
    if (isWritten) {
      this.#written += rows.length;
      this.#options.onWritten(rows.length);
    } else {
      this.#drop(reason, rows.length);
    }
  }

  #drop(reason: DropReason, rows: number): void {
    this.#dropped += rows;
    this.#options.onDropped(reason, rows);
  }
}
