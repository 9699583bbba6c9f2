import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import { createMessageLog, type MessageLog, type MessageLogSettings } from './message-log/service.ts';

export interface OperationsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: { readonly messageLog: MessageLogSettings };
}

export interface Operations {
  readonly messageLog: MessageLog;
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
  /** After the migrations. */
  start(): Promise<void>;
  /** Stores what was accepted. */
  stop(): Promise<void>;
}

/** What keeps the piles running, beside the stations' domain: it hears of stations only by events and contracts. */
export function createOperations(dependencies: OperationsDependencies): Operations {
  const { database, clock, metrics, settings } = dependencies;
  const logger = dependencies.logger.child({ component: 'operations' });
  const messageLog = createMessageLog({ database, clock, logger, metrics, settings: settings.messageLog });
  return {
    messageLog,
    jobs: [...messageLog.jobs],
    start: () => messageLog.start(),
    stop: () => messageLog.stop(),
  };
}
