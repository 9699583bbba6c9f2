import { instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { BUSY_MS } from './check-times.ts';
import type { DriverParts } from './driver-parts.ts';
import type { PaymentDriver } from './payment-driver.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { claimDueOf } from './persistence/claim-due.ts';
import { purgeEvents } from './persistence/events-repository.ts';
import type { RefundDriver } from './refund-driver.ts';

/** Of one run; the next one is a few seconds later. */
const MOST_PER_RUN = 500;
const BATCH = 20;
const PURGE_BATCH = 10_000;
/** Providers repeat their notifications for days, and older ones are refused by their signature. */
const KEEP_EVENTS_MS = 90 * 86_400_000;

/** Brings payments on that nobody is at: whoever was has died, an answer was lost, or a notification never came. */
export class Sweeper {
  readonly #parts: DriverParts;
  readonly #payments: PaymentDriver;
  readonly #refunds: RefundDriver;
  readonly #methods: PaymentMethods;

  constructor(
    parts: DriverParts,
    drivers: { payments: PaymentDriver; refunds: RefundDriver; methods: PaymentMethods },
  ) {
    this.#parts = parts;
    this.#payments = drivers.payments;
    this.#refunds = drivers.refunds;
    this.#methods = drivers.methods;
  }

  /** @returns how many payments and refunds were looked at */
  async run(signal: AbortSignal): Promise<number> {
    const payments = await this.#each(signal, 'payments', (id) => this.#payments.drive(id, 'check'));
    const refunds = await this.#each(signal, 'payment_refunds', (id) => this.#refunds.drive(id, 'check'));
    await this.#methods.sweep(signal);
    return payments + refunds;
  }

  async tidy(signal: AbortSignal): Promise<void> {
    const { knex, clock } = this.#parts;
    const before = instant(clock.now() - KEEP_EVENTS_MS);
    while (!signal.aborted && (await withDatabaseErrors(() => purgeEvents(knex, before, PURGE_BATCH))) === PURGE_BATCH);
  }

  async #each(
    signal: AbortSignal,
    table: Parameters<typeof claimDueOf>[1],
    drive: (id: string) => Promise<unknown>,
  ): Promise<number> {
    const { knex, clock, provider, logger } = this.#parts;
    let done = 0;
    while (!signal.aborted && done < MOST_PER_RUN) {
      const now = clock.now();
      const ids = await withDatabaseErrors(() =>
        claimDueOf(knex, table, provider.name, now, instant(now + BUSY_MS), BATCH),
      );
      if (ids.length === 0) break;
      for (const id of ids) {
        if (signal.aborted) break;
        // One that cannot be brought on does not hold up the others; it is found again.
        await drive(id).catch((error: unknown) =>
          logger.error({ err: error, id }, 'a payment could not be brought on'),
        );
        done++;
      }
    }
    return done;
  }
}
