import { join } from 'node:path';
import {
  COMMANDS_PORT,
  OPERATIONS_EVENTS,
  SITES_PORT,
  STATIONS_PORT,
  TRANSACTIONS_PORT,
} from '@voltpile/csms/contract/ports';
import {
  ALARMS_PORT,
  FILES_PORT,
  LIVE_PORT,
  MESSAGE_LOG_FEED_PORT,
  MESSAGE_LOG_PORT,
} from '@voltpile/operations/contract/ports';
import { createOperations, type Operations } from '@voltpile/operations/service';
import { withLive } from '../settings/with-live.ts';
import type { StoringIngredients } from './ingredients.ts';

/** Slow transfers are cut within a minute. */
const ABANDONED_AFTER_MS = 5 * 60_000;

/** What keeps the piles running: their present state, alarms, files, logs. */
export function makeOperations(ingredients: StoringIngredients, resources: AsyncDisposableStack): Operations {
  const { config, live, database, logger, metrics, clock, exchange } = ingredients;
  const operations = createOperations({
    database,
    clock,
    logger,
    metrics,
    ports: {
      sites: exchange.get(SITES_PORT),
      stations: exchange.get(STATIONS_PORT),
      transactions: exchange.get(TRANSACTIONS_PORT),
      commands: exchange.get(COMMANDS_PORT),
    },
    settings: {
      files: withLive(
        {
          folder: join(config.dataDir, 'files'),
          abandonedAfterMs: config.natsUrl === null ? 0 : ABANDONED_AFTER_MS,
        },
        live,
        [
          'publicUrl',
          'maxFirmwareBytes',
          'maxLogFileBytes',
          'maxFilesBytes',
          'maxFileTransfers',
          'minTransferBytesPerSecond',
          'fileTokenHours',
          'logFileDays',
        ],
      ),
      alarms: {
        get offlineSeconds() {
          return live.alarmOfflineSeconds;
        },
        get stuckSeconds() {
          return live.alarmStuckSeconds;
        },
      },
      messageLog: {
        get level() {
          return live.messageLog;
        },
        get keepDays() {
          return live.messageLogDays;
        },
      },
    },
  });
  resources.defer(() => operations.stop());
  return operations;
}

/** What others may ask, from now on. */
export function offerOperations({ exchange }: StoringIngredients, operations: Operations): void {
  exchange.offer(FILES_PORT, operations.files.port);
  exchange.offer(ALARMS_PORT, operations.alarms.port);
  exchange.offer(LIVE_PORT, operations.live.port);
  exchange.offer(MESSAGE_LOG_PORT, operations.messageLog.port);
  exchange.offer(MESSAGE_LOG_FEED_PORT, operations.messageLog.feed);
  exchange.offer(OPERATIONS_EVENTS, {
    types: async () => operations.followedEvents,
    follow: (events) => operations.follow(events),
  });
}
