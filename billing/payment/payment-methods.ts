import { instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { PaymentMethodSetup } from '../contract/payments.ts';
import type { DriverParts } from './driver-parts.ts';
import {
  type CustomerRow,
  claimWatched,
  findCustomer,
  insertCustomer,
  storeMethods,
  watchCustomer,
} from './persistence/methods-repository.ts';

const MINUTE_MS = 60_000;
/** So long after somebody began to save a card it is looked for, should nobody tell us. */
const WATCH_MS = 60 * MINUTE_MS;
const WATCH_EVERY_MS = 5 * MINUTE_MS;

/** The cards that the provider keeps for accounts. We hold what it takes to show and to charge them: never a number. */
export class PaymentMethods {
  readonly #parts: DriverParts;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /**
   * Begins to save a card for an account.
   *
   * @param requestId the same request again begins nothing new
   * @throws Unavailable `payment.provider_unavailable`, `payment.outcome_unknown` (may be repeated), `database.unavailable`
   */
  async setUp(organizationId: Uuid, accountId: Uuid, requestId: Uuid): Promise<PaymentMethodSetup> {
    const { knex, provider, clock } = this.#parts;
    const customer = await this.#customer(organizationId, accountId);
    const clientAction = await provider.setUpMethod({
      customerRef: customer.provider_ref,
      idempotencyKey: `setup:${requestId}`,
    });
    const now = clock.now();
    const watch = { from: instant(now + WATCH_EVERY_MS), until: instant(now + WATCH_MS) };
    await withDatabaseErrors(() => watchCustomer(knex, customer, watch));
    return { provider: provider.name, clientAction };
  }

  /**
   * Reads what a customer has saved, and stores that.
   *
   * @returns false when the customer is not one of ours
   * @throws Unavailable `payment.provider_unavailable`, `payment.outcome_unknown`, `database.unavailable`
   */
  async readAgain(customerRef: string): Promise<boolean> {
    const { knex, provider } = this.#parts;
    const customer = await withDatabaseErrors(() =>
      findCustomer(knex, { provider: provider.name, provider_ref: customerRef }),
    );
    if (customer === undefined) return false;
    await this.#read(customer);
    return true;
  }

  /** Looks at customers that save a card, of whom nobody has told us. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { knex, clock, provider, logger } = this.#parts;
    const now = clock.now();
    const again = instant(now + WATCH_EVERY_MS);
    const customers = await withDatabaseErrors(() => claimWatched(knex, provider.name, now, again, 100));
    for (const customer of customers) {
      if (signal.aborted) return;
      try {
        await this.#read(customer);
      } catch (error) {
        logger.warn({ err: error, account: customer.account_id }, 'the saved cards of an account could not be read');
      }
    }
  }

  async #read(customer: CustomerRow): Promise<void> {
    const { knex, provider, clock, logger } = this.#parts;
    const found = await provider.listMethods(customer.provider_ref);
    await withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const added = await storeMethods(trx, customer, found, clock.now());
        if (added === 0) return;
        await watchCustomer(trx, customer, null);
        logger.info({ account: customer.account_id, added }, 'an account has saved a card');
      }),
    );
  }

  async #customer(organizationId: Uuid, accountId: Uuid): Promise<CustomerRow> {
    const { knex, provider, clock } = this.#parts;
    const by = { provider: provider.name, account_id: accountId };
    const known = await withDatabaseErrors(() => findCustomer(knex, by));
    if (known !== undefined) return known;
    const { customerRef } = await provider.createCustomer({ accountId, idempotencyKey: `customer:${accountId}` });
    return withDatabaseErrors(async () => {
      const customer = { provider: provider.name, accountId, organizationId, providerRef: customerRef };
      await insertCustomer(knex, customer, clock.now());
      const row = await findCustomer(knex, by);
      if (row === undefined) throw new Error('a customer was stored and is not there');
      return row;
    });
  }
}
