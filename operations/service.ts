import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';

export interface OperationsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Operations {
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
  /** Stores what was accepted. */
  stop(): Promise<void>;
}

/** What keeps the piles running, beside the stations' domain: it hears of stations only by events and contracts. */
export function createOperations(_dependencies: OperationsDependencies): Operations {
  return {
    jobs: [],
    async stop() {},
  };
}
