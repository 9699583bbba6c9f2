import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import { cursorOf, readPage } from '@voltpile/platform/database/id-page';
import { maintainPartitions } from '@voltpile/platform/database/partitions';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { fromZero, type Metrics } from '@voltpile/platform/telemetry/metrics';
import type { LoggedExchange, LogLevel, MessageLogFeedPort, MessageLogPort } from '../contract/message-log.ts';
import { dropStrayMessages, listMessages } from '../persistence/message-log-repository.ts';
import { exchangeRow } from './exchange-row.ts';
import { Levels } from './levels.ts';
import { DROP_REASONS, MessageLogWriter, type WriterLimits } from './message-log-writer.ts';
import { ReadingRoom } from './reading-room.ts';

export const badTime = defineError('message_log.bad_time', 'InvalidArgument', '{name} is not an RFC 3339 time.');
export const searchTooWide = defineError(
  'message_log.too_wide',
  'FailedPrecondition',
  'The search took too long; ask for one station or for less time.',
);

/** Read anew each time: an operator may change them meanwhile. */
export interface MessageLogSettings {
  /** For stations that have no level of their own. */
  readonly level: LogLevel;
  /** Whole days; older ones are dropped. */
  readonly keepDays: number;
}

export interface MessageLog {
  readonly port: MessageLogPort;
  /** For gateways in this process: nothing here waits or throws, whatever becomes of the log. */
  readonly sink: {
    wants(identity: string, isOdd: boolean): boolean;
    record(exchange: LoggedExchange): void;
  };
  /** For gateways elsewhere. */
  readonly feed: MessageLogFeedPort;
  readonly jobs: readonly Job[];
  /** Reads the levels of stations. Throws Unavailable `database.unavailable`. */
  start(): Promise<void>;
  /** Resolves when what was told so far is written or dropped. */
  flush(): Promise<void>;
  /** Writes what is waiting, for a few seconds. */
  stop(): Promise<void>;
}

const LIST = 'message-log';
/** Frames of one page. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** How long a search may take, and how many run at a time: the other requests of the API need connections, too. */
const SEARCH_MS = 10_000;
const SEARCHES = 3;
const WAITING_SEARCHES = 100;
const STATEMENT_TIMED_OUT = '57014';
const DAY_MS = 86_400_000;

/**
 * Keeps messages of stations for people who look for a fault. A log, not the record: lossy under overload, by design, and without its last
 * moments after a crash.
 */
export function createMessageLog(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: MessageLogSettings;
  /** For tests. */
  readonly limits?: Partial<WriterLimits>;
  readonly searchMs?: number;
}): MessageLog {
  const { database, clock, logger, metrics, settings, limits = {}, searchMs = SEARCH_MS } = dependencies;
  const { knex } = database;
  const dropped = fromZero(
    metrics.counter('voltpile_message_log_dropped_total', 'Messages that were to be logged and were not.', ['reason']),
    { reason: DROP_REASONS },
  );
  const written = metrics.counter('voltpile_message_log_written_total', 'Messages that were logged.');
  const writer = new MessageLogWriter({
    database,
    logger,
    limits,
    onWritten: (rows) => written.inc(rows),
    onDropped: (reason, rows) => dropped.inc({ reason }, rows),
  });
  const levels = new Levels({ knex, logger, defaultLevel: () => settings.level });
  const room = new ReadingRoom(SEARCHES, WAITING_SEARCHES);
  metrics.gauge('voltpile_message_log_waiting', 'Messages that wait to be logged.', [], (gauge) =>
    gauge.set(writer.waiting),
  );
  const settingOf = (stationId: string) => ({ stationId, ...levels.of(stationId), droppedSinceStart: writer.dropped });

  const sink: MessageLog['sink'] = {
    wants: (identity, isOdd) => levels.wants(identity, isOdd),
    record(exchange) {
      // Not even made when there is no room: an overload must not cost more than what causes it.
      if (writer.isFull) {
        writer.refuse('overload');
        return;
      }
      try {
        writer.add(exchangeRow(uuidv7(), exchange));
      } catch (error) {
        writer.refuse('failed');
        logger.error({ err: error, station: exchange.identity }, 'a message could not be logged');
      }
    },
  };

  return {
    sink,
    feed: {
      levels: async () => ({ others: levels.defaultLevel, stations: levels.own() }),
      async record(exchanges) {
        for (const exchange of exchanges) sink.record(exchange);
      },
    },
    port: {
      async list(scope, filter, page) {
        const { limit, after } = readPage(LIST, page);
        for (const name of ['from', 'to'] as const) {
          const text = filter[name];
          if (text !== undefined && Number.isNaN(Date.parse(text))) throw badTime({ name });
        }
        // No text of the log holds NUL, and no parameter may.
        if (Object.values(filter).some((text) => text?.includes('\u0000'))) return { items: [], nextCursor: null };
        const question = { scope, filter, before: after, count: limit, maxBytes: MAX_PAGE_BYTES, timeoutMs: searchMs };
        const { items, isMore } = await room.read(() => search(() => listMessages(knex, question)));
        const last = items.at(-1);
        return { items, nextCursor: isMore && last !== undefined ? cursorOf(LIST, last.id) : null };
      },
      async setting(stationId) {
        return settingOf(stationId);
      },
      async set(stationId, level) {
        await withDatabaseErrors(() => levels.set(stationId, level));
        return settingOf(stationId);
      },
    },
    jobs: [
      {
        name: 'operations.message-log-partitions',
        schedule: '23 * * * *',
        runAtStart: true,
        run: async () => {
          const now = clock.now();
          const { keepDays } = settings;
          const days = { table: 'message_log', column: 'requested_at', unit: 'day', ahead: 3, keep: keepDays } as const;
          await maintainPartitions(knex, 'operations', [days], new Date(now));
          await dropStrayMessages(knex, new Date((Math.floor(now / DAY_MS) - keepDays) * DAY_MS));
        },
      },
    ],
    start: () => withDatabaseErrors(() => levels.start()),
    flush: () => writer.flush(),
    async stop() {
      levels.stop();
      await writer.close();
    },
  };
}

/** A search that the database gave up is not a database that is away. */
function search<T>(ask: () => Promise<T>): Promise<T> {
  return withDatabaseErrors(async () => {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: unknown }).code === STATEMENT_TIMED_OUT) throw searchTooWide({}, error);
      throw error;
    }
  });
}
