import { defineError } from '@voltpile/kernel/errors';
import nodeCron, { type ScheduledTask } from 'node-cron';
import type pg from 'pg';
import { classifyDatabaseError, type Database, isConflictError, withDatabaseErrors } from '../database/connection.ts';
import type { Logger } from '../telemetry/logger.ts';
import { withTrace } from '../telemetry/trace.ts';
import { type JobsPort, type JobView, unknownJob } from './jobs-port.ts';

export interface Job {
  /** Unique over all services: `csms.partitions`. */
  readonly name: string;
  /** Cron with five fields (minute first) or six (second first), in UTC. */
  readonly schedule: string;
  /** Also run while the process starts, which waits for it and fails with it. */
  readonly runAtStart?: boolean;
  /**
   * Must bear being run twice, and being cut off anywhere.
   *
   * @param signal aborted when the runner stops or lost the lock (another process may then run the job)
   */
  run(signal: AbortSignal): Promise<void>;
}

/** `elsewhere`: another process runs the job, or has run this tick. */
export type JobOutcome = 'succeeded' | 'failed' | 'elsewhere';

export const badSchedule = defineError(
  'job.bad_schedule',
  'InvalidArgument',
  'The schedule {schedule} of job {name} is not a cron expression.',
);
export const jobBusy = defineError('job.busy', 'Unavailable', 'Job {name} has been running elsewhere for too long.');

const START_PATIENCE_SECONDS = 60;
const ERROR_TEXT_LIMIT = 2000;

export interface JobRunner extends JobsPort {
  /** Runs what is to run at start, one after the other, then follows the schedules. Throws what a job threw. */
  start(): Promise<void>;
  /** Runs a job now unless another process does. */
  runNow(name: string): Promise<JobOutcome>;
  /** No new runs; returns when the running ones have ended. */
  stop(): Promise<void>;
}

/**
 * Runs jobs on schedules, each by one process at a time: the runner holds a session's advisory lock on a connection of its own, which
 * dies with it. A tick that one process has taken is not run again by another whose clock is a little late. What came of the last run is
 * in `platform.jobs` (see `PLATFORM_MIGRATIONS`).
 *
 * @throws InvalidArgument `job.bad_schedule`
 */
export function createJobRunner(database: Database, jobs: readonly Job[], logger: Logger): JobRunner {
  for (const { name, schedule } of jobs) {
    if (!nodeCron.validate(schedule)) throw badSchedule({ name, schedule });
  }
  const halt = new AbortController();
  const running = new Set<Promise<unknown>>();
  /** What each failed job threw last. */
  const failures = new Map<string, unknown>();
  const tasks = new Map<string, ScheduledTask>();

  /** Keeps track of a run, so that stop() can wait for it. */
  function track<T>(run: Promise<T>): Promise<T> {
    running.add(run);
    const forget = () => void running.delete(run);
    run.then(forget, forget);
    return run;
  }

  /** @param onStart once it is certain that it runs here */
  async function attempt(
    job: Job,
    due: Date | undefined,
    wait: boolean,
    onStart: () => void = () => {},
  ): Promise<JobOutcome> {
    if (halt.signal.aborted) return 'elsewhere';
    const holder = await database.dedicatedClient();
    const lost = new AbortController();
    holder.once('end', () => lost.abort());
    try {
      if (!(await lock(holder, job.name, wait))) return 'elsewhere';
      if (!(await claim(job, due))) return 'elsewhere';
      onStart();
      return await perform(job, AbortSignal.any([halt.signal, lost.signal]));
    } catch (error) {
      throw classifyDatabaseError(error);
    } finally {
      await holder.end().catch(() => {});
    }
  }

  async function lock(holder: pg.Client, name: string, wait: boolean): Promise<boolean> {
    const key = `hashtextextended('voltpile job ' || $1, 0)`;
    if (!wait) {
      const { rows } = await holder.query<{ got: boolean }>(`select pg_try_advisory_lock(${key}) as got`, [name]);
      return rows[0]?.got === true;
    }
    await holder.query(`set lock_timeout = '${START_PATIENCE_SECONDS}s'`);
    try {
      await holder.query(`select pg_advisory_lock(${key})`, [name]);
    } catch (error) {
      throw isConflictError(error) ? jobBusy({ name }, error) : error;
    }
    return true;
  }

  /** Marks the start; refuses a tick that was taken already. */
  async function claim(job: Job, due: Date | undefined): Promise<boolean> {
    const { rowCount } = await database.pool.query(
      `insert into platform.jobs as job (name, schedule, last_due_at, last_started_at) values ($1, $2, $3, now())
       on conflict (name) do update set schedule = excluded.schedule, last_started_at = now(),
         last_due_at = coalesce(excluded.last_due_at, job.last_due_at)
       where excluded.last_due_at is null or job.last_due_at is null or job.last_due_at < excluded.last_due_at`,
      [job.name, job.schedule, due ?? null],
    );
    return rowCount === 1;
  }

  function jobNamed(name: string): Job {
    const job = jobs.find((candidate) => candidate.name === name);
    if (job === undefined) throw unknownJob({ name });
    return job;
  }

  async function list(): Promise<JobView[]> {
    // Whoever runs a job holds its lock: a record without an end may be that of a process that was killed.
    const { rows } = await database.pool.query<JobRow>(
      `select wanted.name, job.last_started_at, job.last_finished_at, job.last_outcome, job.last_error, job.last_duration_ms,
         exists (
           select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1
             and l.database = (select oid from pg_database where datname = current_database())
             and l.classid::bigint = (wanted.key >> 32) & 4294967295 and l.objid::bigint = wanted.key & 4294967295
         ) as is_running
       from (select name, hashtextextended('voltpile job ' || name, 0) as key from unnest($1::text[]) as given (name)) wanted
       left join platform.jobs job using (name) order by wanted.name collate "C"`,
      [jobs.map(({ name }) => name)],
    );
    return rows.map((row) => ({
      name: row.name,
      schedule: jobNamed(row.name).schedule,
      isRunning: row.is_running,
      nextRunAt: tasks.get(row.name)?.getNextRun()?.toISOString() ?? null,
      lastStartedAt: row.last_started_at?.toISOString() ?? null,
      lastFinishedAt: row.last_finished_at?.toISOString() ?? null,
      lastOutcome: row.last_outcome,
      lastError: row.last_error,
      lastDurationMs: row.last_duration_ms,
    }));
  }

  async function perform(job: Job, signal: AbortSignal): Promise<'succeeded' | 'failed'> {
    const began = performance.now();
    let failure: unknown;
    try {
      await withTrace(undefined, () => job.run(signal));
    } catch (error) {
      failure = error ?? new Error('a job failed without an error');
    }
    const outcome = failure === undefined ? 'succeeded' : 'failed';
    const durationMs = Math.round(performance.now() - began);
    if (failure === undefined) logger.debug({ job: job.name, durationMs }, 'job succeeded');
    else logger.error({ err: failure, job: job.name, durationMs }, 'job failed');
    await database.pool.query(
      `update platform.jobs set last_finished_at = now(), last_outcome = $2, last_error = $3, last_duration_ms = $4 where name = $1`,
      [job.name, outcome, failure === undefined ? null : String(failure).slice(0, ERROR_TEXT_LIMIT), durationMs],
    );
    if (failure !== undefined) failures.set(job.name, failure);
    return outcome;
  }

  return {
    async start() {
      for (const job of jobs.filter(({ runAtStart }) => runAtStart === true)) {
        failures.delete(job.name);
        const outcome = await track(attempt(job, undefined, true));
        if (outcome === 'failed') throw failures.get(job.name);
      }
      if (halt.signal.aborted) return;
      for (const job of jobs) {
        const task = nodeCron.schedule(
          job.schedule,
          async ({ date }) => {
            await track(attempt(job, date, false)).catch((error: unknown) => {
              logger.warn({ err: error, job: job.name }, 'job could not be run');
            });
          },
          // The lock keeps runs apart; a tick during a long run is skipped without noise.
          { timezone: 'UTC', name: job.name, noOverlap: true, suppressMissedWarning: true, unref: true },
        );
        tasks.set(job.name, task);
      }
    },
    async runNow(name) {
      const job = jobNamed(name);
      return withDatabaseErrors(() => track(attempt(job, undefined, false)));
    },
    async begin(name) {
      const job = jobNamed(name);
      const begun = Promise.withResolvers<'started' | 'elsewhere'>();
      track(attempt(job, undefined, false, () => begun.resolve('started'))).then(
        () => begun.resolve('elsewhere'),
        begun.reject,
      );
      return withDatabaseErrors(() => begun.promise);
    },
    list: () => withDatabaseErrors(list),
    async stop() {
      halt.abort();
      await Promise.all([...tasks.values()].map((task) => task.destroy()));
      await Promise.allSettled(running);
    },
  };
}

interface JobRow {
  readonly name: string;
  readonly last_started_at: Date | null;
  readonly last_finished_at: Date | null;
  readonly last_outcome: 'succeeded' | 'failed' | null;
  readonly last_error: string | null;
  readonly last_duration_ms: number | null;
  readonly is_running: boolean;
}
