import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { DriverParts } from './driver-parts.ts';
import type { PaymentDriver } from './payment-driver.ts';
import type { PaymentMethods } from './payment-methods.ts';
import type { ProviderNotification, ProviderPayment } from './payment-provider.ts';
import { type EventOutcome, insertEvent, storeOutcome } from './persistence/events-repository.ts';
import {
  findByProviderRef,
  lockPayment,
  type PaymentRow,
  toPayment,
  wakePayment,
} from './persistence/payments-repository.ts';
import type { RefundDriver } from './refund-driver.ts';

/**
 * Takes what providers tell us by themselves. Each notification is worked on once, and in one transaction with the note that it was; they may come
 * twice, late, in any order, or never.
 */
export class Notifications {
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

  /**
   * Reads a notification and commits what follows from it.
   *
   * @returns `again` for one that was here before
   * @throws Unauthenticated `payment.bad_signature`; InvalidArgument `payment.bad_notification`; Unavailable: it is to come again
   */
  async take(rawBody: Buffer, headers: Readonly<Record<string, string | undefined>>): Promise<EventOutcome | 'again'> {
    const { knex, provider } = this.#parts;
    const notification = provider.readNotification(rawBody, headers);
    // Asks the provider, which has no place in a transaction.
    const methods = notification.subject.kind === 'methods' ? notification.subject : undefined;
    const applied = methods === undefined ? undefined : await this.#methods.readAgain(methods.customerRef);
    return withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const { eventId, type, occurredAt } = notification;
        const event = { provider: provider.name, eventId, type, occurredAt, receivedAt: this.#parts.clock.now() };
        if (!(await insertEvent(trx, event))) return 'again';
        const [outcome, payment] = await this.#apply(trx, notification, applied);
        await storeOutcome(trx, event, outcome, payment?.id ?? null);
        return outcome;
      }),
    );
  }

  async #apply(
    trx: Knex.Transaction,
    { subject }: ProviderNotification,
    hasMethods: boolean | undefined,
  ): Promise<[EventOutcome, PaymentRow?]> {
    switch (subject.kind) {
      case 'payment':
        return this.#applyPayment(trx, subject.payment);
      case 'refund': {
        const row = await this.#lockByRef(trx, subject.paymentRef);
        if (row === undefined) return ['not-ours'];
        const isNews = await this.#refunds.observe(trx, toPayment(row), subject.refund);
        return [isNews ? 'applied' : 'stale', row];
      }
      case 'look-again': {
        const row = await this.#lockByRef(trx, subject.paymentRef);
        if (row === undefined) return ['not-ours'];
        // The fee is all that is still to be told.
        if (row.fee_minor !== null) return ['stale', row];
        await wakePayment(trx, row.id, this.#parts.clock.now());
        return ['applied', row];
      }
      case 'methods':
        return [hasMethods === true ? 'applied' : 'not-ours'];
      case 'other':
        return ['ignored'];
    }
  }

  async #applyPayment(trx: Knex.Transaction, seen: ProviderPayment): Promise<[EventOutcome, PaymentRow?]> {
    const { paymentId } = seen;
    const row = paymentId !== null && isUuid(paymentId) ? await lockPayment(trx, paymentId) : undefined;
    if (row === undefined || row.provider !== this.#parts.provider.name) return ['not-ours'];
    const after = await this.#payments.observe(trx, row, seen);
    if (after === undefined) return ['not-ours', row];
    return [after.state === row.state ? 'stale' : 'applied', row];
  }

  async #lockByRef(trx: Knex.Transaction, ref: string): Promise<PaymentRow | undefined> {
    const found = await findByProviderRef(trx, this.#parts.provider.name, ref);
    return found === undefined ? undefined : lockPayment(trx, found.id);
  }
}
