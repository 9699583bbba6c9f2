import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { Bulkhead } from '@voltpile/platform/resilience/bulkhead';
import type { Knex } from 'knex';
import { askProvider } from './ask-provider.ts';
import type { DriverParts } from './driver-parts.ts';
import type { PaymentDriver } from './payment-driver.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { type ProviderNotification, type ProviderPayment, providerUnavailable } from './payment-provider.ts';
import { isPaymentOf, observe } from './payment-state.ts';
import { type EventOutcome, hasEvent, insertEvent, storeOutcome } from './persistence/events-repository.ts';
import { findCustomer } from './persistence/methods-repository.ts';
import {
  findByProviderRef,
  findPaymentOf,
  lockPayment,
  type PaymentRow,
  toPayment,
  wakePayment,
} from './persistence/payments-repository.ts';
import { findRefund, toRefund } from './persistence/refunds-repository.ts';
import type { RefundDriver } from './refund-driver.ts';
import { observeRefund } from './refund-state.ts';

type Subject = ProviderNotification['subject'];

/** What a notification comes to before anything is written. */
interface Learned {
  readonly outcome: EventOutcome;
  readonly payment?: PaymentRow;
  /** What the provider has answered; absent: nothing is to be taken from the notification. */
  readonly seen?: ProviderPayment;
  /** Somebody is to read the payment again, later. */
  readonly isToRead?: boolean;
}

/** Requests at a time: notifications come in heaps, and the provider counts what it is asked. */
const CONCURRENCY = 8;
const MOST_WAITING = 64;

/**
 * Takes what providers tell us by themselves. A notification is only a reason to look: what it says of a payment or a refund is never booked, what the
 * provider answers when it is asked is. One that would change nothing costs no request. Each is worked on once, and what follows is stored in one
 * transaction with the note that it was; they may come twice, late, in any order, or never.
 */
export class Notifications {
  readonly #parts: DriverParts;
  readonly #payments: PaymentDriver;
  readonly #refunds: RefundDriver;
  readonly #methods: PaymentMethods;
  readonly #asking = new Bulkhead('payment notifications', CONCURRENCY, MOST_WAITING);

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
    const { knex, provider, clock } = this.#parts;
    const { eventId, type, occurredAt, subject } = provider.readNotification(rawBody, headers);
    const event = { provider: provider.name, eventId, type, occurredAt, receivedAt: clock.now() };
    if (await withDatabaseErrors(() => hasEvent(knex, event))) return 'again';
    // Asks the provider, which has no place in a transaction.
    const learned = await this.#learn(subject);
    return withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        if (!(await insertEvent(trx, event))) return 'again';
        const outcome = await this.#apply(trx, learned);
        await storeOutcome(trx, event, outcome, learned.payment?.id ?? null);
        return outcome;
      }),
    );
  }

  async #learn(subject: Subject): Promise<Learned> {
    const { knex, provider } = this.#parts;
    switch (subject.kind) {
      case 'payment': {
        const { paymentId } = subject.payment;
        const row = isUuid(paymentId ?? '')
          ? await withDatabaseErrors(() => findPaymentOf(knex, provider.name, paymentId ?? ''))
          : undefined;
        return row === undefined ? { outcome: 'not-ours' } : this.#learnOfPayment(row, subject.payment);
      }
      case 'refund': {
        const row = await this.#findByRef(subject.paymentRef);
        if (row === undefined) return { outcome: 'not-ours' };
        if (!(await this.#isNewsOfRefund(row, subject.refund))) return { outcome: 'stale', payment: row };
        return this.#ask(row, subject.paymentRef);
      }
      case 'look-again': {
        const row = await this.#findByRef(subject.paymentRef);
        if (row === undefined) return { outcome: 'not-ours' };
        // The fee is all that is still to be told.
        if (row.fee_minor !== null) return { outcome: 'stale', payment: row };
        return { outcome: 'applied', payment: row, isToRead: true };
      }
      case 'methods':
        return { outcome: (await this.#methods.readAgain(subject.customerRef)) ? 'applied' : 'not-ours' };
      case 'other':
        return { outcome: 'ignored' };
    }
  }

  async #learnOfPayment(row: PaymentRow, told: ProviderPayment): Promise<Learned> {
    const payment = toPayment(row);
    if (!isPaymentOf(payment, told)) {
      this.#parts.logger.error(
        { payment: row.id },
        'a notification tells of another payment under the number of this one',
      );
      return { outcome: 'not-ours', payment: row };
    }
    const after = observe(payment, told);
    const isNews =
      after.state !== payment.state ||
      after.authorizedMinor !== payment.authorizedMinor ||
      after.providerRef !== payment.providerRef ||
      after.feeMinor !== payment.feeMinor;
    return isNews ? this.#ask(row, told.providerRef) : { outcome: 'stale', payment: row };
  }

  async #isNewsOfRefund(
    { provider, id }: PaymentRow,
    told: Extract<Subject, { kind: 'refund' }>['refund'],
  ): Promise<boolean> {
    const { knex } = this.#parts;
    const known = await withDatabaseErrors(
      async () =>
        (await findRefund(knex, { provider, provider_ref: told.providerRef })) ??
        (told.refundId !== null && isUuid(told.refundId)
          ? await findRefund(knex, { payment_id: id, id: told.refundId })
          : undefined),
    );
    if (known === undefined) return told.state !== 'failed';
    const refund = toRefund(known);
    const after = observeRefund(refund, told);
    return after.state !== refund.state || after.providerRef !== refund.providerRef;
  }

  /** @throws Unavailable `payment.provider_unavailable`: the notification is to come again, and nothing is taken from it */
  async #ask(payment: PaymentRow, providerRef: string): Promise<Learned> {
    const { knex, provider, logger } = this.#parts;
    const { id: paymentId, currency, account_id } = payment;
    const customer = await withDatabaseErrors(() => findCustomer(knex, { provider: provider.name, account_id }));
    const question = {
      paymentId,
      providerRef,
      customerRef: customer?.provider_ref ?? '',
      createdAt: toPayment(payment).createdAt,
      currency,
    };
    const log = logger.child({ payment: paymentId, step: 'read' });
    const asked = await this.#asking.run(() => askProvider(() => provider.readStatus(question), log));
    if (asked.kind !== 'answered') throw providerUnavailable();
    if (asked.answer === undefined) {
      log.error('the payment provider does not know a payment that it tells of');
      return { outcome: 'not-ours', payment };
    }
    return { outcome: 'stale', payment, seen: asked.answer };
  }

  async #apply(trx: Knex.Transaction, { outcome, payment, seen, isToRead }: Learned): Promise<EventOutcome> {
    if (payment !== undefined && isToRead === true) await wakePayment(trx, payment.id, this.#parts.clock.now());
    if (payment === undefined || seen === undefined) return outcome;
    const row = await lockPayment(trx, payment.id);
    if (row === undefined) return 'not-ours';
    const after = await this.#payments.observe(trx, row, { ...seen, refunds: null });
    if (after === undefined) return 'not-ours';
    const hasRefunds = await this.#refunds.observeAll(trx, after, seen.refunds ?? []);
    return after.state !== row.state || hasRefunds ? 'applied' : 'stale';
  }

  #findByRef(ref: string): Promise<PaymentRow | undefined> {
    return withDatabaseErrors(() => findByProviderRef(this.#parts.knex, this.#parts.provider.name, ref));
  }
}
