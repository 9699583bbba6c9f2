import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { insufficientFunds } from '../ledger/ledger.ts';
import { type Asked, askProvider } from './ask-provider.ts';
import { BUSY_MS, nextRefundCheck, WORRYING_CHECKS } from './check-times.ts';
import type { DriverParts } from './driver-parts.ts';
import { entryOfFailedRefund, entryOfRefund } from './payment-entries.ts';
import type { ProviderRefund } from './payment-provider.ts';
import type { Payment } from './payment-state.ts';
import { findCustomer } from './persistence/methods-repository.ts';
import { addRefunded, findPayment, lockPayment, toPayment } from './persistence/payments-repository.ts';
import {
  findRefund,
  insertRefund,
  lockRefund,
  type RefundRow,
  storeRefund,
  toRefund,
} from './persistence/refunds-repository.ts';
import { observeRefund, type Refund } from './refund-state.ts';

/** Takes refunds to the provider, by the rule of payments: committed before and after. The payment's row is locked before the refund's, always. */
export class RefundDriver {
  readonly #parts: DriverParts;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /**
   * Sends a refund, or finds out what became of it and sends it if nothing did.
   *
   * @throws Unavailable `database.unavailable`
   */
  async drive(id: Uuid, mode: 'first' | 'check'): Promise<Refund> {
    const begun = await this.#begin(id);
    if (begun.payment === undefined) return begun.refund;
    let asked: Asked<ProviderRefund | undefined> | undefined;
    if (mode === 'check') {
      asked = await this.#look(begun.payment, begun.refund);
    }
    const isThere = asked === undefined || asked.kind !== 'answered' || asked.answer !== undefined;
    // What the provider has numbered is there, whatever it says now.
    if (asked === undefined || (!isThere && begun.refund.providerRef === null)) {
      asked = await this.#send(begun.payment, begun.refund);
    }
    return this.#end(begun.refund, asked);
  }

  /** Takes refunds as the provider tells of them, within the caller's transaction, in which the payment is locked. */
  async observeAll(trx: Knex.Transaction, payment: Payment, seen: readonly ProviderRefund[]): Promise<boolean> {
    let hasChanged = false;
    for (const refund of seen) hasChanged = (await this.observe(trx, payment, refund)) || hasChanged;
    return hasChanged;
  }

  /** @returns whether that was news */
  async observe(trx: Knex.Transaction, payment: Payment, seen: ProviderRefund): Promise<boolean> {
    const { provider } = this.#parts;
    const known =
      (await findRefund(trx, { provider: provider.name, provider_ref: seen.providerRef })) ??
      (seen.refundId === null ? undefined : await lockRefund(trx, seen.refundId));
    if (known === undefined) return this.#takeForeign(trx, payment, seen);
    if (known.payment_id !== payment.id) return false;
    const row = await lockRefund(trx, known.id);
    if (row === undefined) return false;
    const refund = toRefund(row);
    const changed = observeRefund(refund, seen);
    if (changed.state === refund.state && changed.providerRef === refund.providerRef) return false;
    await this.#store(trx, payment, row, changed);
    return true;
  }

  #begin(id: Uuid): Promise<{ refund: Refund; payment?: Payment }> {
    const { knex, clock } = this.#parts;
    return withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const row = await lockRefund(trx, id);
        if (row === undefined) throw new Error(`there is no refund ${id}`);
        const refund = toRefund(row);
        const now = clock.now();
        const isBusy = row.busy_until !== null && row.busy_until.getTime() > now;
        if (isBusy || refund.state !== 'pending') return { refund };
        const busyUntil = instant(now + BUSY_MS);
        await storeRefund(trx, refund, { checks: row.checks, nextCheckAt: busyUntil, busyUntil }, now);
        const payment = await findPayment(trx, EVERYTHING, refund.paymentId);
        return payment === undefined ? { refund } : { refund, payment: toPayment(payment) };
      }),
    );
  }

  async #look(payment: Payment, refund: Refund): Promise<Asked<ProviderRefund | undefined>> {
    const { knex, provider, logger } = this.#parts;
    const customer = await withDatabaseErrors(() =>
      findCustomer(knex, { provider: provider.name, account_id: payment.accountId }),
    );
    return askProvider(
      async () => {
        const seen = await provider.readStatus({
          paymentId: payment.id,
          providerRef: payment.providerRef,
          customerRef: customer?.provider_ref ?? '',
          createdAt: payment.createdAt,
          currency: payment.currency,
        });
        return seen?.refunds?.find(
          ({ refundId, providerRef }) => refundId === refund.id || providerRef === refund.providerRef,
        );
      },
      logger.child({ refund: refund.id, step: 'read' }),
    );
  }

  async #send(payment: Payment, refund: Refund): Promise<Asked<ProviderRefund>> {
    const { provider, logger, hooks } = this.#parts;
    const { providerRef, currency } = payment;
    if (providerRef === null) throw new Error('a refund of a payment that the provider does not know');
    hooks?.beforeRequest?.('refund');
    const asked = await askProvider(
      () =>
        provider.refund({
          providerRef,
          refundId: refund.id,
          amountMinor: refund.amountMinor,
          currency,
          idempotencyKey: `refund:${refund.id}`,
        }),
      logger.child({ refund: refund.id, step: 'refund' }),
    );
    hooks?.afterRequest?.('refund');
    return asked;
  }

  #end({ id, paymentId }: Refund, asked: Asked<ProviderRefund | undefined>): Promise<Refund> {
    const { knex } = this.#parts;
    return withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const paymentRow = await lockPayment(trx, paymentId);
        const row = await lockRefund(trx, id);
        if (paymentRow === undefined || row === undefined) throw new Error(`there is no refund ${id}`);
        const payment = toPayment(paymentRow);
        const refund = toRefund(row);
        const changed =
          asked.kind === 'answered' && asked.answer !== undefined
            ? observeRefund(refund, asked.answer)
            : asked.kind === 'refused' && refund.state === 'pending'
              ? { ...refund, state: 'failed' as const }
              : refund;
        await this.#store(trx, payment, row, changed);
        return changed;
      }),
    );
  }

  async #store(trx: Knex.Transaction, payment: Payment, row: RefundRow, after: Refund): Promise<void> {
    const { clock, ledger, logger } = this.#parts;
    const now = clock.now();
    if (row.state !== 'failed' && after.state === 'failed') {
      await ledger.post(trx, entryOfFailedRefund(payment, after, now));
      await addRefunded(trx, payment.id, -after.amountMinor);
      logger.error({ refund: after.id, payment: payment.id }, 'the payment provider could not give money back');
    }
    const checks = row.checks + 1;
    if (checks === WORRYING_CHECKS) logger.error({ refund: after.id }, 'a refund does not come to an end');
    const watch = { checks, nextCheckAt: nextRefundCheck(after.state, checks, now), busyUntil: null };
    await storeRefund(trx, after, watch, now);
  }

  /** Somebody gave money back at the provider: the books follow. */
  async #takeForeign(trx: Knex.Transaction, payment: Payment, seen: ProviderRefund): Promise<boolean> {
    const { clock, logger } = this.#parts;
    if (seen.state === 'failed') return false;
    const now = clock.now();
    const refund: Refund = {
      id: uuidv7(),
      paymentId: payment.id,
      organizationId: payment.organizationId,
      provider: payment.provider,
      providerRef: seen.providerRef,
      amountMinor: seen.amountMinor,
      currency: payment.currency,
      reason: 'Given at the payment provider',
      idempotencyKey: `provider:${seen.providerRef}`,
      state: seen.state,
      bookedFromReceivable: false,
      requestedBy: null,
      createdAt: now,
    };
    const bookedFromReceivable = !(await this.#bookFromWallet(trx, payment, refund));
    await insertRefund(
      trx,
      { ...refund, bookedFromReceivable },
      { checks: 0, nextCheckAt: nextRefundCheck(refund.state, 0, now), busyUntil: null },
    );
    await addRefunded(trx, payment.id, refund.amountMinor);
    logger.warn({ payment: payment.id, refund: refund.id }, 'somebody has given money back at the payment provider');
    return true;
  }

  /** @returns false when the wallet does not hold it any more: then the account owes it, and it is booked so */
  async #bookFromWallet(trx: Knex.Transaction, payment: Payment, refund: Refund): Promise<boolean> {
    const { clock, ledger } = this.#parts;
    const now = clock.now();
    try {
      await ledger.post(trx, entryOfRefund(payment, refund, now));
      return true;
    } catch (error) {
      if (!insufficientFunds.is(error)) throw error;
      await ledger.post(trx, entryOfRefund(payment, refund, now, 'receivable'));
      return false;
    }
  }
}
