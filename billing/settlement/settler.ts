import { instant } from '@voltpile/kernel/clock';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { NewCdr } from './charge-record.ts';
import { type SettlementDependencies, settleCharge } from './settle-charge.ts';
import { claimDue, nextDue, postpone, type SettlementRow } from './settlements-repository.ts';

export interface SettlerOptions extends SettlementDependencies {
  readonly logger: Logger;
  /** Told of each record after it was stored. */
  readonly onSettled?: (cdr: NewCdr) => void;
  /** Charges at once (default 8). */
  readonly concurrency?: number;
  /** How long nobody else takes a charge that was taken (default a minute). */
  readonly leaseMs?: number;
  /** How often to look without being told (default 5 s): other processes note charges, too. */
  readonly lookMs?: number;
}

const BATCH = 100;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 600_000;
/** A timer holds no more. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Settles what is due, until it is stopped. It is driven by the table: what was noted and not settled when a process died is taken by the next one,
 * and what cannot be settled at the moment is tried again, later and later.
 */
export class Settler {
  readonly #options: SettlerOptions;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #isPoked = false;
  #loop: Promise<void> | undefined;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be something to settle. */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.();
  }

  /** Resolves when the charges under way are done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    while (!this.#isStopping) {
      this.#isPoked = false;
      let waitMs = this.#options.lookMs ?? 5000;
      try {
        if ((await this.settleDue()) > 0) continue;
        waitMs = Math.min(waitMs, await this.#untilNext());
      } catch (err) {
        logger.warn({ err }, 'charges could not be settled; trying again');
      }
      await this.#pause(waitMs);
    }
  }

  /** Settles what is due now, a limited number. @returns how many were tried */
  async settleDue(): Promise<number> {
    const { knex, clock, leaseMs = 60_000, concurrency = 8 } = this.#options;
    const now = clock.now();
    const due = [...(await claimDue(knex, now, instant(now + leaseMs), BATCH))];
    const count = due.length;
    const work = async (): Promise<void> => {
      for (let row = due.shift(); row !== undefined; row = due.shift()) await this.#settle(row);
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return count;
  }

  async #settle(row: SettlementRow): Promise<void> {
    const { knex, clock, logger, onSettled } = this.#options;
    try {
      const outcome = await settleCharge(this.#options, row);
      if (outcome.kind === 'settled') onSettled?.(outcome.cdr);
    } catch (err) {
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(row.attempts, 20), LONGEST_RETRY_MS);
      const problem = String((err as Error).message ?? err).slice(0, 500);
      logger.warn({ err, transactionId: row.transaction_id, delayMs }, 'a charge could not be settled');
      // Where not even this can be stored, the lease brings the charge back.
      await postpone(knex, row.transaction_id, instant(clock.now() + delayMs), problem).catch(() => {});
    }
  }

  async #untilNext(): Promise<number> {
    const at = await nextDue(this.#options.knex);
    return at === null ? LONGEST_WAIT_MS : Math.max(at.getTime() - this.#options.clock.now(), 10);
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#isPoked || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.#wake = finish;
    });
  }
}
