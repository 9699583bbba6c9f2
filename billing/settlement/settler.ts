import { instant } from '@voltpile/kernel/clock';
import { databaseUnavailable, withDatabaseErrors } from '@voltpile/platform/database/connection';
import { DueLoop } from '@voltpile/platform/jobs/due-loop';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { NewCdr } from './charge-record.ts';
import { prepareCharges, type SettlementDependencies, storeCharges } from './settle-charge.ts';
import { claimDue, nextDue, postpone, type SettlementRow } from './settlements-repository.ts';

export interface SettlerOptions extends SettlementDependencies {
  readonly logger: Logger;
  /** Told of records after they were stored. */
  readonly onSettled?: (cdrs: readonly NewCdr[]) => void;
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
    const { knex, clock, logger, leaseMs = 15_000 } = this.#options;
    const now = clock.now();
    const due = await claimDue(knex, now, instant(now + leaseMs), BATCH);
    if (due.length === 0) return 0;
    // In one order, since each locks its rows.
    const sorted = [...due].sort((one, other) => (one.transaction_id < other.transaction_id ? -1 : 1));
    try {
      await this.#settle(sorted);
    } catch (err) {
      // Then each of them would fail; the lease brings them back.
      if (databaseUnavailable.is(err)) throw err;
      logger.debug({ err }, 'a batch of charges could not be settled; each is tried on its own');
      for (const row of sorted) if (!this.#loop.isStopping) await this.#tryOne(row);
    }
    return due.length;
  }

  /**
   * All in one transaction: they share its commit, and the accounts that all of them are posted to are locked once. What they are priced by is asked for
   * together as well.
   */
  async #settle(rows: readonly SettlementRow[]): Promise<void> {
    const { knex, onSettled } = this.#options;
    const outcomes = await withDatabaseErrors(async () => {
      const charges = await prepareCharges(this.#options, rows);
      return knex.transaction((trx) => storeCharges(this.#options, trx, charges));
    });
    const records = outcomes.flatMap((outcome) => (outcome.kind === 'settled' ? [outcome.cdr] : []));
    if (records.length > 0) onSettled?.(records);
  }

  /** Where it fails, the charge is due again, later each time. */
  async #tryOne(row: SettlementRow): Promise<void> {
    const { knex, clock, logger } = this.#options;
    try {
      await this.#settle([row]);
    } catch (err) {
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(row.attempts, 20), LONGEST_RETRY_MS);
      const problem = String((err as Error).message ?? err).slice(0, 500);
      logger.warn({ err, transactionId: row.transaction_id, delayMs }, 'a charge could not be settled');
      // Where not even this can be stored, the lease brings the charge back.
      await postpone(knex, row.transaction_id, instant(clock.now() + delayMs), problem).catch(() => {});
    }
  }
}
