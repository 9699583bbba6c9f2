import type { LogLevel, MessageLogFeedPort } from '@voltpile/operations/contract/message-log';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { type Counter, fromZero, type Metrics } from '@voltpile/platform/telemetry/metrics';
import type { ExchangeLog, LoggedExchange } from '@voltpile/station-gateway/connections/exchange-log';

export interface RemoteMessageLogOptions {
  readonly feed: MessageLogFeedPort;
  /** Of stations that have no level of their own, at this moment. */
  readonly defaultLevel: () => LogLevel;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

type Levels = Awaited<ReturnType<MessageLogFeedPort['levels']>>;

const LEVELS_MS = 5000;
const SEND_MS = 500;
/** Of one message to the log, and of what waits for one. */
const BATCH = 100;
const BATCH_BYTES = 512 * 1024;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * The log of messages, kept by another process. Nothing waits for it: while it is away, or slower than the messages come, they are dropped and counted.
 */
export class RemoteMessageLog implements ExchangeLog {
  readonly #options: RemoteMessageLogOptions;
  readonly #dropped: Counter<'reason'>;
  #levels: Levels['stations'] = {};
  #waiting: LoggedExchange[] = [];
  #waitingBytes = 0;
  #sending = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: RemoteMessageLogOptions) {
    this.#options = options;
    this.#dropped = fromZero(
      options.metrics.counter(
        'voltpile_message_log_feed_dropped_total',
        'Messages that were to be told to the log and were not.',
        ['reason'],
      ),
      { reason: ['overload', 'away'] },
    );
  }

  start(): void {
    void this.#readLevels();
    this.#timers = [
      setInterval(() => void this.#readLevels(), LEVELS_MS).unref(),
      setInterval(() => void this.#send(), SEND_MS).unref(),
    ];
  }

  /** Sends what waits, once. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#send();
  }

  wants(identity: string, isOdd: boolean): boolean {
    const level = this.#levels[identity] ?? this.#options.defaultLevel();
    return level === 'all' || (isOdd && level === 'errors');
  }

  record(exchange: LoggedExchange): void {
    const bytes = bytesOf(exchange);
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES) {
      this.#dropped.inc({ reason: 'overload' });
      return;
    }
    this.#waiting.push(exchange);
    this.#waitingBytes += bytes;
    if (this.#waiting.length >= BATCH) void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#take();
        await this.#options.feed.record(batch).catch(() => this.#dropped.inc({ reason: 'away' }, batch.length));
      }
    } finally {
      this.#sending = false;
    }
  }

  #take(): LoggedExchange[] {
    let count = 0;
    let bytes = 0;
    for (const exchange of this.#waiting) {
      bytes += bytesOf(exchange);
      if (count > 0 && (count >= BATCH || bytes > BATCH_BYTES)) break;
      count += 1;
      this.#waitingBytes -= bytesOf(exchange);
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }

  async #readLevels(): Promise<void> {
    try {
      this.#levels = (await this.#options.feed.levels()).stations;
    } catch (err) {
      this.#options.logger.debug({ err }, 'levels of the message log could not be asked for; the last ones hold');
    }
  }
}

/** About what it takes in a message. */
function bytesOf({ request, response }: LoggedExchange): number {
  return request.length + (response?.length ?? 0) + 500;
}
