import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { LogLevel } from '../contract/message-log.ts';
import { readLevels, storeLevel } from '../persistence/message-log-repository.ts';

export interface LevelsOptions {
  readonly knex: Knex;
  readonly logger: Logger;
  /** Of stations that have no level of their own, at this moment. */
  readonly defaultLevel: () => LogLevel;
  /** How often what other nodes have set is looked for. */
  readonly refreshMs?: number;
}

const REFRESH_MS = 5000;
/** Changes are read again for so long, because the commit of an older one may show later than that of a newer one. */
const OVERLAP_SECONDS = 60;

/** What is to be kept of which station, in memory: it is asked for every message. */
export class Levels {
  readonly #options: LevelsOptions;
  readonly #own = new Map<string, LogLevel>();
  #readUpTo: Date | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isAway = false;

  constructor(options: LevelsOptions) {
    this.#options = options;
  }

  get defaultLevel(): LogLevel {
    return this.#options.defaultLevel();
  }

  of(identity: string): { readonly level: LogLevel; readonly isDefault: boolean } {
    const own = this.#own.get(identity);
    return { level: own ?? this.defaultLevel, isDefault: own === undefined };
  }

  /** Of the stations that have levels of their own. */
  own(): Readonly<Record<string, LogLevel>> {
    return Object.fromEntries(this.#own);
  }

  wants(identity: string, isOdd: boolean): boolean {
    const level = (this.#own.size === 0 ? undefined : this.#own.get(identity)) ?? this.defaultLevel;
    return level === 'all' || (isOdd && level === 'errors');
  }

  /**
   * Reads the levels, then follows the changes that other nodes make.
   *
   * @throws Unavailable `database.unavailable`
   */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.#follow(), this.#options.refreshMs ?? REFRESH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async set(identity: string, level: LogLevel | null): Promise<void> {
    await storeLevel(this.#options.knex, identity, level);
    this.#put(identity, level);
  }

  async refresh(): Promise<void> {
    const since = this.#readUpTo === null ? null : new Date(this.#readUpTo.getTime() - OVERLAP_SECONDS * 1000);
    for (const { stationId, level, changedAt } of await readLevels(this.#options.knex, since)) {
      this.#put(stationId, level);
      if (this.#readUpTo === null || changedAt > this.#readUpTo) this.#readUpTo = changedAt;
    }
  }

  #put(identity: string, level: LogLevel | null): void {
    if (level === null) this.#own.delete(identity);
    else this.#own.set(identity, level);
  }

  async #follow(): Promise<void> {
    try {
      await this.refresh();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.#options.logger.warn({ err: error }, 'levels of the message log could not be read');
      this.#isAway = true;
    }
  }
}
