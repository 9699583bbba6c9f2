import { defineError, toVoltpileError, type VoltpileError } from '@voltpile/kernel/errors';

export const writerOverloaded = defineError(
  'csms.overloaded',
  'Unavailable',
  'Too many messages are waiting to be stored; try again later.',
);

export const writerClosed = defineError('csms.stopping', 'Unavailable', 'The service is stopping.');

/** How often a batch is tried that another transaction got in the way of (deadlock, serialisation failure). */
const MAX_ATTEMPTS = 4;

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: VoltpileError) => void;
}

export interface GroupCommitOptions<Job, Result> {
  /** Carries out all jobs in one database transaction, or throws with nothing written. One result a job, in order. */
  readonly run: (jobs: Job[]) => Promise<Result[]>;
  /** Jobs in one transaction at the most. */
  readonly maxBatch: number;
  /** Jobs that may wait; above that `submit` rejects with `csms.overloaded`. */
  readonly maxWaiting: number;
  /**
   * Jobs with the same key are never in one transaction, and keep their order. Absent: all jobs are independent.
   */
  readonly key?: (job: Job) => string;
  /** Told how many jobs each commit carried. */
  readonly onCommit?: (batchSize: number) => void;
}

/**
 * Self-clocking group commit. There is no timer: while one transaction is under way, jobs queue up, and whatever has queued is the next
 * transaction. At low load every job commits at once; under load the cost of a commit is shared.
 *
 * A batch that fails for what is in it (not for the database being away) is halved and tried again, so that one bad job fails alone.
 */
export class GroupCommit<Job, Result> {
  readonly #options: GroupCommitOptions<Job, Result>;
  #waiting: Waiting<Job, Result>[] = [];
  #running = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<Job, Result>) {
    this.#options = options;
  }

  /** Jobs that wait for the next transaction. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the job's result after the commit that carries it. */
  submit(job: Job): Promise<Result> {
    if (this.#closed) return Promise.reject(writerClosed());
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(writerOverloaded({ waiting: this.#waiting.length }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      if (!this.#running) {
        this.#running = true;
        // After this turn of the event loop, so that jobs made by the same read of a socket share the first commit.
        setImmediate(() => void this.#drain());
      }
    });
  }

  /** Takes no more jobs and resolves when all accepted ones are done. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#running) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#takeBatch());
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeBatch(): Waiting<Job, Result>[] {
    const { maxBatch, key } = this.#options;
    if (key === undefined) return this.#waiting.splice(0, maxBatch);
    const batch: Waiting<Job, Result>[] = [];
    const later: Waiting<Job, Result>[] = [];
    const taken = new Set<string>();
    for (const waiting of this.#waiting) {
      const jobKey = key(waiting.job);
      if (batch.length < maxBatch && !taken.has(jobKey)) batch.push(waiting);
      else later.push(waiting);
      taken.add(jobKey);
    }
    this.#waiting = later;
    return batch;
  }

  async #commit(batch: Waiting<Job, Result>[], attempt = 1): Promise<void> {
    let results: Result[];
    try {
      results = await this.#options.run(batch.map((waiting) => waiting.job));
    } catch (cause) {
      const error = toVoltpileError(cause);
      if (error.retryable && error.kind !== 'Unavailable' && attempt < MAX_ATTEMPTS) {
        await this.#commit(batch, attempt + 1);
        return;
      }
      if (batch.length === 1 || error.kind === 'Unavailable') {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.#commit(batch.slice(0, middle));
      await this.#commit(batch.slice(middle));
      return;
    }
    this.#options.onCommit?.(batch.length);
    for (let index = 0; index < batch.length; index++) {
      (batch[index] as Waiting<Job, Result>).resolve(results[index] as Result);
    }
  }
}
