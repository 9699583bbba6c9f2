import type { StationKey } from '@voltpile/csms/contract/ids';
import { type Clock, type Instant, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import { maintainPartitions } from '@voltpile/platform/database/partitions';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { LoggedMessageView, LogLevel, MessageLogPort } from '../contract/message-log.ts';
import { makePage, readPage } from '../persistence/list-page.ts';
import { listMessages, storeLevel } from '../persistence/message-log-repository.ts';
import { copyRow } from './copy-text.ts';
import { Levels } from './levels.ts';
import { maskFrame } from './mask-frame.ts';
import { MessageLogWriter } from './message-log-writer.ts';

export const badTime = defineError('message_log.bad_time', 'InvalidArgument', '{name} is not an RFC 3339 time.');

export interface MessageLogSettings {
  /** For stations that have no level of their own. */
  readonly level: LogLevel;
  /** Whole days; older ones are dropped. */
  readonly keepDays: number;
}

/** A message and its answer, as a gateway tells them. */
export interface LoggedExchange
  extends Pick<
    LoggedMessageView,
    | 'organizationId'
    | 'siteId'
    | 'protocol'
    | 'direction'
    | 'action'
    | 'messageId'
    | 'outcome'
    | 'errorCode'
    | 'request'
    | 'response'
  > {
  readonly station: StationKey;
  readonly identity: string;
  readonly requestedAt: Instant;
  readonly latencyMs: number | null;
}

export interface MessageLog {
  readonly port: MessageLogPort;
  /** For gateways in this process. */
  readonly sink: {
    wants(identity: string, isError: boolean): boolean;
    record(exchange: LoggedExchange): void;
  };
  readonly jobs: readonly Job[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A frame of more characters is cut. */
const MAX_FRAME = 64 * 1024;
const MAX_NAME = 255;
const LIST = 'message-log';

/** Keeps messages of stations for people who look for a fault. Lossy under overload, by design. */
export function createMessageLog(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: MessageLogSettings;
}): MessageLog {
  const { database, clock, logger, metrics, settings } = dependencies;
  const { knex } = database;
  const writer = new MessageLogWriter({ database, logger });
  const levels = new Levels(knex, logger, settings.level);
  metrics.gauge(
    'voltpile_message_log_dropped_total',
    'Messages that were not logged because there were too many, since the start.',
    [],
    (gauge) => gauge.set(writer.dropped),
  );
  metrics.gauge('voltpile_message_log_waiting', 'Messages that wait to be logged.', [], (gauge) =>
    gauge.set(writer.waiting),
  );
  const settingOf = (stationId: string) => ({ stationId, ...levels.of(stationId), droppedSinceStart: writer.dropped });

  return {
    sink: {
      wants: (identity, isError) => levels.wants(identity, isError),
      record: (exchange) => writer.add(rowOf(exchange)),
    },
    port: {
      list: (scope, filter, page) =>
        withDatabaseErrors(async () => {
          const { limit, after } = readPage(LIST, page);
          for (const name of ['from', 'to'] as const) {
            const text = filter[name];
            if (text !== undefined && Number.isNaN(Date.parse(text))) throw badTime({ name });
          }
          // No text of the log holds NUL, and no parameter may.
          if (Object.values(filter).some((text) => text?.includes('\u0000'))) return { items: [], nextCursor: null };
          return makePage(LIST, await listMessages(knex, scope, filter, after, limit + 1), limit);
        }),
      async setting(stationId) {
        return settingOf(stationId);
      },
      async set(stationId, level) {
        await withDatabaseErrors(() => storeLevel(knex, stationId, level, clock.now()));
        await levels.refresh();
        return settingOf(stationId);
      },
    },
    jobs: [
      {
        name: 'operations.message-log-partitions',
        schedule: '23 * * * *',
        runAtStart: true,
        run: () =>
          maintainPartitions(
            knex,
            'operations',
            [{ table: 'message_log', column: 'requested_at', unit: 'day', ahead: 3, keep: settings.keepDays }],
            new Date(clock.now()),
          ),
      },
    ],
    start: () => levels.start(),
    async stop() {
      await levels.stop();
      await writer.close();
    },
  };
}

function rowOf(exchange: LoggedExchange): string {
  const { request, response, latencyMs, requestedAt } = exchange;
  return copyRow([
    uuidv7() satisfies Uuid,
    exchange.station,
    exchange.identity,
    exchange.organizationId,
    exchange.siteId,
    exchange.protocol,
    exchange.direction,
    exchange.action?.slice(0, MAX_NAME) ?? null,
    exchange.messageId?.slice(0, MAX_NAME) ?? null,
    exchange.outcome,
    exchange.errorCode?.slice(0, MAX_NAME) ?? null,
    toIso(requestedAt),
    latencyMs === null ? null : Math.max(0, Math.round(latencyMs)),
    kept(request),
    response === null ? null : kept(response),
    Buffer.byteLength(request),
    response === null ? null : Buffer.byteLength(response),
  ]);
}

function kept(frame: string): string {
  const masked = maskFrame(frame);
  return masked.length <= MAX_FRAME ? masked : `${masked.slice(0, MAX_FRAME)}…`;
}
