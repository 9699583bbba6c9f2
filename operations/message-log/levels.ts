import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { LogLevel } from '../contract/message-log.ts';
import { readLevels } from '../persistence/message-log-repository.ts';

/** How long another node may go on by an old level. */
const REFRESH_MS = 5000;

/** The levels of all stations that have one of their own, in memory, because every message asks. */
export class Levels {
  readonly #knex: Knex;
  readonly #logger: Logger;
  readonly #fallback: LogLevel;
  #own: ReadonlyMap<string, LogLevel> = new Map();
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> | null = null;

  constructor(knex: Knex, logger: Logger, fallback: LogLevel) {
    this.#knex = knex;
    this.#logger = logger;
    this.#fallback = fallback;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  /** Reads what was set, here or on another node. Keeps what it has while the database is away. */
  refresh(): Promise<void> {
    this.#reading ??= readLevels(this.#knex)
      .then((own) => {
        this.#own = own;
      })
      .catch((err: unknown) => this.#logger.debug({ err }, 'the levels of the message log could not be read'))
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }

  of(stationId: string): { readonly level: LogLevel; readonly isDefault: boolean } {
    const own = this.#own.get(stationId);
    return own === undefined ? { level: this.#fallback, isDefault: true } : { level: own, isDefault: false };
  }

  wants(stationId: string, isError: boolean): boolean {
    const level = this.#own.get(stationId) ?? this.#fallback;
    return level === 'all' || (isError && level === 'errors');
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer ?? undefined);
    await this.#reading;
  }
}
