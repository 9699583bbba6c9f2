import type { Instant } from '@voltpile/kernel/clock';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Epoch, StationKey } from '../contract/ids.ts';

const FLUSH_INTERVAL_MS = 15_000;

/** When a station was last heard of, and over which connection. */
export interface Sight {
  readonly at: Instant;
  readonly epoch: Epoch;
}

export interface PresenceOptions {
  /** Writes when stations were last seen, all at once. */
  readonly store: (seen: ReadonlyMap<StationKey, Sight>) => Promise<void>;
  readonly logger: Logger;
  readonly flushIntervalMs?: number;
}

/**
 * When each station was last heard of. Kept in memory and written every few seconds, for those heard of since: a heartbeat costs no commit.
 * What was not written yet is lost in a crash.
 */
export class Presence {
  readonly #options: PresenceOptions;
  #seen = new Map<StationKey, Sight>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Stations that are to be written. */
  get waiting(): number {
    return this.#seen.size;
  }

  /** The station was heard of. */
  seen(station: StationKey, sight: Sight): void {
    const known = this.#seen.get(station);
    if (known === undefined || known.at < sight.at) this.#seen.set(station, sight);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), this.#options.flushIntervalMs ?? FLUSH_INTERVAL_MS).unref();
  }

  /** Writes what is to be written; when that fails it is kept for the next time. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#flushing;
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#seen.size === 0) return;
    const seen = this.#seen;
    this.#seen = new Map();
    try {
      await this.#options.store(seen);
    } catch (err) {
      this.#options.logger.warn({ err, stations: seen.size }, 'could not write when stations were last seen');
      for (const [station, sight] of seen) this.seen(station, sight);
    }
  }
}
