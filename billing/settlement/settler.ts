import { instant } from '@voltpile/kernel/clock';
import { DueLoop } from '@voltpile/platform/jobs/due-loop';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { NewCdr } from './charge-record.ts';
import { readAhead } from './read-ahead.ts';
import { type PreparedCharge, prepareCharge, type SettlementDependencies, storeCharges } from './settle-charge.ts';
import { claimDue, nextDue, postpone, type SettlementRow } from './settlements-repository.ts';

export interface SettlerOptions extends SettlementDependencies {
  readonly logger: Logger;
  /** Told of each record after it was stored. */
  readonly onSettled?: (cdr: NewCdr) => void;
  /** Charges at once (default 8). */
  readonly concurrency?: number;
  /** How long nobody else takes a charge that was taken (default 15 s): who is faster by then does no harm, since each charge is stored once. */
  readonly leaseMs?: number;
  /** How often to look without being told (default 5 s): other processes note charges, too. */
  readonly lookMs?: number;
}

const BATCH = 100;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 600_000;

/**
 * Settles what is due, until it is stopped. It is driven by the table: what was noted and not settled when a process died is taken by the next one,
 * and what cannot be settled at the moment is tried again, later and later.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #loop: DueLoop;

  constructor(options: SettlerOptions) {
    const { knex, clock, lookMs, logger } = options;
    this.#options = options;
    this.#loop = new DueLoop({
      clock,
      lookMs,
      work: () => this.settleDue(),
      nextDue: () => nextDue(knex),
      onError: (err) => logger.warn({ err }, 'charges could not be settled; trying again'),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be something to settle. */
  poke(): void {
    this.#loop.poke();
  }

  /** Resolves when the charges under way are done. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Settles what is due now, a limited number. @returns how many were tried */
  async settleDue(): Promise<number> {
    const { knex, clock, leaseMs = 15_000, concurrency = 8 } = this.#options;
    const now = clock.now();
    const due = await claimDue(knex, now, instant(now + leaseMs), BATCH);
    const ids = due.map(({ transaction_id }) => transaction_id);
    const sources = due.length === 0 ? this.#options.sources : await readAhead(this.#options.sources, ids);
    const prepared: PreparedCharge[] = [];
    const queue = [...due];
    const work = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const charge = await this.#tried(row, () => prepareCharge({ clock, sources }, row as SettlementRow));
        if (charge !== undefined) prepared.push(charge);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    await this.#store(due, prepared);
    return due.length;
  }

  /**
   * All of a batch in one transaction: they share its commit, and the accounts that all of them are posted to are locked once. Where one of them fails,
   * each has its own.
   */
  async #store(due: readonly SettlementRow[], charges: readonly PreparedCharge[]): Promise<void> {
    const { logger } = this.#options;
    // In one order, since each locks its rows.
    const sorted = [...charges].sort((one, other) => (one.transactionId < other.transactionId ? -1 : 1));
    try {
      await this.#storeTogether(sorted);
      return;
    } catch (err) {
      logger.debug({ err }, 'a batch of charges could not be settled; each is tried on its own');
    }
    for (const charge of sorted) {
      const row = due.find(({ transaction_id }) => transaction_id === charge.transactionId) as SettlementRow;
      await this.#tried(row, () => this.#storeTogether([charge]));
    }
  }

  async #storeTogether(charges: readonly PreparedCharge[]): Promise<void> {
    if (charges.length === 0) return;
    const { knex, onSettled } = this.#options;
    const outcomes = await knex.transaction((trx) => storeCharges(this.#options, trx, charges));
    for (const outcome of outcomes) if (outcome.kind === 'settled') onSettled?.(outcome.cdr);
  }

  /** @returns undefined when it failed: then the charge is due again, later each time */
  async #tried<T>(row: SettlementRow, step: () => Promise<T>): Promise<T | undefined> {
    const { knex, clock, logger } = this.#options;
    try {
      return await step();
    } catch (err) {
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(row.attempts, 20), LONGEST_RETRY_MS);
      const problem = String((err as Error).message ?? err).slice(0, 500);
      logger.warn({ err, transactionId: row.transaction_id, delayMs }, 'a charge could not be settled');
      // Where not even this can be stored, the lease brings the charge back.
      await postpone(knex, row.transaction_id, instant(clock.now() + delayMs), problem).catch(() => {});
      return undefined;
    }
  }
}
