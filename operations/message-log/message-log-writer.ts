import { once } from 'node:events';
import type { Database } from '@voltpile/platform/database/connection';
import { isConnectionError } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

export interface WriterOptions {
  readonly database: Pick<Database, 'dedicatedClient'>;
  readonly logger: Logger;
  /** Rows that wait for the database, and their bytes: beyond either, new ones are dropped. */
  readonly maxRows?: number;
  readonly maxBytes?: number;
}

const MAX_ROWS = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BATCH_ROWS = 1000;
/** How long a row may wait for others to share its COPY with. */
const GATHER_MS = 500;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;

const COPY = `copy operations.message_log (id, station_key, station_id, organization_id, site_id, protocol, direction, action, message_id,
  outcome, error_code, requested_at, latency_ms, request, response, request_bytes, response_bytes) from stdin`;

/**
 * Writes rows of the message log in COPY batches on a connection of its own. What comes in faster than the database takes it is dropped and
 * counted: the log must never hold up, or bring down, what it logs. The newest are dropped, because the older ones are on their way.
 */
export class MessageLogWriter {
  readonly #options: WriterOptions;
  readonly #maxRows: number;
  readonly #maxBytes: number;
  #rows: string[] = [];
  #bytes = 0;
  #dropped = 0;
  #written = 0;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> | null = null;
  #pauseMs = 0;
  #closing = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#maxRows = options.maxRows ?? MAX_ROWS;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** Rows that were thrown away since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  get written(): number {
    return this.#written;
  }

  get waiting(): number {
    return this.#rows.length;
  }

  /** Takes one row of `copyRow`. Never throws, never waits. */
  add(row: string): void {
    if (this.#closing || this.#rows.length >= this.#maxRows || this.#bytes + row.length > this.#maxBytes) {
      this.#dropped += 1;
      return;
    }
    this.#rows.push(row);
    this.#bytes += row.length;
    if (this.#work !== null) return;
    if (this.#rows.length >= MAX_BATCH_ROWS && this.#pauseMs === 0) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), Math.max(GATHER_MS, this.#pauseMs)).unref();
  }

  /** Writes what is waiting, as far as the database takes it at once, and lets go of the connection. */
  async close(): Promise<void> {
    await this.#work;
    this.#closing = true;
    this.#pauseMs = 0;
    if (this.#rows.length > 0) await this.#run();
    clearTimeout(this.#timer ?? undefined);
    await this.#client?.end().catch(() => {});
  }

  #start(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    if (this.#work !== null) return;
    this.#work = this.#run().finally(() => {
      this.#work = null;
      if (this.#rows.length === 0 || this.#closing) return;
      this.#timer ??= setTimeout(() => this.#start(), Math.max(GATHER_MS, this.#pauseMs)).unref();
    });
  }

  async #run(): Promise<void> {
    while (this.#rows.length > 0) {
      const batch = this.#rows.slice(0, MAX_BATCH_ROWS);
      try {
        await this.#copy(batch);
        this.#written += batch.length;
        this.#pauseMs = 0;
        this.#remove(batch);
      } catch (error) {
        await this.#lost();
        if (!isConnectionError(error)) {
          // Something in it that the table will never take.
          this.#options.logger.error({ err: error, count: batch.length }, 'messages could not be logged');
          this.#dropped += batch.length;
          this.#remove(batch);
          continue;
        }
        if (this.#pauseMs === 0) this.#options.logger.warn({ err: error }, 'the message log waits for the database');
        this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
        return;
      }
    }
  }

  async #copy(batch: readonly string[]): Promise<void> {
    this.#client ??= await this.#options.database.dedicatedClient({ answerTimeoutMs: ANSWER_TIMEOUT_MS });
    const stream = this.#client.query(copyFrom(COPY));
    const finished = once(stream, 'finish');
    stream.end(batch.join(''));
    await finished;
  }

  async #lost(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  #remove(batch: readonly string[]): void {
    this.#rows.splice(0, batch.length);
    for (const row of batch) this.#bytes -= row.length;
  }
}
