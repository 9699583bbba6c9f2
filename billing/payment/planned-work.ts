import type { Logger } from '@voltpile/platform/telemetry/logger';

/** Something that was planned in a transaction, and committed with it. */
export type PlannedTask = () => Promise<unknown>;

/** At once: a batch of charges ends in as many requests to the provider. */
const CONCURRENCY = 8;
/** What comes on top is left to the sweeper, which finds it by its table. */
const MOST_WAITING = 1000;

/** Carries out what was planned, a few at once, so that nobody has to wait for the provider. What fails or is too much the sweeper does. */
export class PlannedWork {
  readonly #logger: Logger;
  readonly #waiting: PlannedTask[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #isStopping = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(tasks: readonly PlannedTask[]): void {
    if (this.#isStopping) return;
    this.#waiting.push(...tasks.slice(0, Math.max(0, MOST_WAITING - this.#waiting.length)));
    this.#pump();
  }

  /** Resolves when there is nothing to do. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Resolves when what is under way is stored; the rest is for the next process. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#waiting.length = 0;
    await this.idle();
  }

  #pump(): void {
    while (this.#underWay.size < CONCURRENCY) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      const work: Promise<void> = this.#carryOut(task).finally(() => {
        this.#underWay.delete(work);
        this.#pump();
      });
      this.#underWay.add(work);
    }
  }

  async #carryOut(task: PlannedTask): Promise<void> {
    try {
      await task();
    } catch (err) {
      this.#logger.warn({ err }, 'what was planned for a payment could not be carried out; the sweeper does it');
    }
  }
}
