import { defineError } from '@voltpile/kernel/errors';
import { definePort, type PortContract, READS } from '@voltpile/kernel/port-contract';

/** The services that have jobs. */
export const JOB_SERVICES = ['csms', 'billing', 'operations'] as const;
export type JobService = (typeof JOB_SERVICES)[number];

export const unknownJob = defineError('job.unknown', 'NotFound', 'There is no job {name}.');

/** A job, and what came of its last run. Times are RFC 3339. */
export interface JobView {
  readonly name: string;
  /** Cron with five fields (minute first) or six (second first), in UTC. */
  readonly schedule: string;
  readonly isRunning: boolean;
  readonly nextRunAt: string | null;
  /** null: it has not run yet, as all that follow. */
  readonly lastStartedAt: string | null;
  /** Of the run that ended last. */
  readonly lastFinishedAt: string | null;
  readonly lastOutcome: 'succeeded' | 'failed' | null;
  readonly lastError: string | null;
  readonly lastDurationMs: number | null;
}

export interface JobsPort {
  /** By name. */
  list(): Promise<readonly JobView[]>;
  /**
   * Starts a job, and does not wait for its end.
   *
   * @returns `elsewhere`: it is running already
   * @throws NotFound `job.unknown`
   */
  begin(name: string): Promise<'started' | 'elsewhere'>;
}

const ONE_NAME = {
  problemOf: ([name]: readonly unknown[]) => (typeof name === 'string' ? undefined : 'the name of a job is text'),
};

/** The jobs of a service. */
export function jobsPortOf(service: JobService): PortContract<JobsPort> {
  return definePort<JobsPort>({
    name: `${service}-jobs`,
    version: 1,
    service,
    methods: { list: READS, begin: { args: ONE_NAME } },
  });
}
