import { instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { postTopUp } from '../accounts/top-up.ts';
import type { ClientAction } from '../contract/payments.ts';
import { type Asked, askProvider } from './ask-provider.ts';
import { ACTION_MS, BUSY_MS, LOST_AFTER_MS, nextCheck, WORRYING_CHECKS } from './check-times.ts';
import type { DriverParts } from './driver-parts.ts';
import { entriesOfPayment } from './payment-entries.ts';
import type { NewProviderPayment, PaymentProvider, ProviderPayment } from './payment-provider.ts';
import {
  capturableMinor,
  fail,
  firstStep,
  isPaymentOf,
  lose,
  nextStep,
  observe,
  type Payment,
  type Step,
  want,
} from './payment-state.ts';
import { findCustomer, readMethod } from './persistence/methods-repository.ts';
import { lockPayment, type PaymentRow, storePayment, toPayment } from './persistence/payments-repository.ts';
import type { RefundDriver } from './refund-driver.ts';

export const paymentNotFound = defineError('payment.not_found', 'NotFound', 'There is no payment {id}.');

/**
 * `first`: the request that the payment begins with, also again under its key; `go-on`: what is to be done next; `check`: first find out what the
 * provider knows, then go on.
 */
export type DriveMode = 'first' | 'go-on' | 'check';

export interface Driven {
  readonly payment: Payment;
  readonly clientAction: ClientAction | null;
}

/** One answer of the provider to a step. */
type Answer =
  | { readonly kind: 'seen'; readonly payment: ProviderPayment }
  | { readonly kind: 'never-heard' }
  | { readonly kind: 'increase-declined' };

/** An increase, a capture, what was read before: more than that a payment never needs at once. */
const MAX_STEPS = 5;

/**
 * Takes payments from step to step. What is to be done is committed before the provider is asked, and what came of it after, with its entries in
 * the ledger; whoever dies in between leaves a payment that is found by its `next_check_at` and looked at before anything is asked again. Every
 * request has the same key each time, so that even a request that overtakes another changes nothing twice.
 */
export class PaymentDriver {
  readonly #parts: DriverParts;
  readonly #refunds: RefundDriver;

  constructor(parts: DriverParts, refunds: RefundDriver) {
    this.#parts = parts;
    this.#refunds = refunds;
  }

  /**
   * Does what can be done now. While somebody else is at it, the payment comes back as it is.
   *
   * @throws NotFound `payment.not_found`; Unavailable `database.unavailable`
   */
  async drive(id: Uuid, mode: DriveMode): Promise<Driven> {
    let clientAction: ClientAction | null = null;
    let wish: DriveMode = mode;
    let isRefused = false;
    for (let steps = 0; ; steps++) {
      const { payment, step } = await this.#begin(id, wish);
      if (step === undefined || steps === MAX_STEPS) return { payment, clientAction };
      const asked = await this.#ask(payment, step);
      const after = await this.#end(id, step, asked);
      if (asked.kind === 'answered' && asked.answer.kind === 'seen') clientAction = asked.answer.payment.clientAction;
      if (asked.kind === 'refused' && step !== 'read' && step !== firstStep(payment) && !isRefused) {
        // What is refused may have been done before: reading tells. What is to be done nevertheless has to wait.
        isRefused = true;
        wish = 'check';
      } else if (
        asked.kind === 'answered' &&
        !isRefused &&
        nextStep(after, this.#parts.provider.capabilities) !== undefined
      ) {
        wish = 'go-on';
      } else {
        return { payment: after, clientAction };
      }
    }
  }

  /**
   * Takes what the provider says, within the caller's transaction. The row is locked.
   *
   * @returns undefined when it is about another payment at the provider; otherwise what has become of ours
   */
  observe(trx: Knex.Transaction, row: PaymentRow, seen: ProviderPayment): Promise<Payment | undefined> {
    return this.#observe(trx, row, seen, row.busy_until);
  }

  async #observe(
    trx: Knex.Transaction,
    row: PaymentRow,
    seen: ProviderPayment,
    busyUntil: Date | null,
  ): Promise<Payment | undefined> {
    const before = toPayment(row);
    if (!isPaymentOf(before, seen)) {
      this.#parts.logger.error(
        { payment: row.id },
        'the provider tells of another payment under the number of this one',
      );
      return undefined;
    }
    const after = await this.#store(trx, row, observe(before, seen), busyUntil);
    if (seen.refunds !== null) await this.#refunds.observeAll(trx, after, seen.refunds);
    return after;
  }

  /** Commits what is going to be asked. */
  #begin(id: Uuid, mode: DriveMode): Promise<{ payment: Payment; step: Step | undefined }> {
    const { clock, provider } = this.#parts;
    return this.#locked(id, async (trx, row) => {
      const now = clock.now();
      const known = toPayment(row);
      if (row.busy_until !== null && row.busy_until.getTime() > now) return { payment: known, step: undefined };
      // Somebody died over it: its first request may have been carried out.
      const payment = row.busy_until === null ? known : lose(known);
      const step = stepOf(payment, mode, provider);
      if (step !== undefined) {
        const busyUntil = instant(now + BUSY_MS);
        await storePayment(trx, payment, { checks: row.checks, nextCheckAt: busyUntil, busyUntil });
      }
      return { payment, step };
    });
  }

  async #ask(payment: Payment, step: Step): Promise<Asked<Answer>> {
    const { knex, provider, logger, hooks } = this.#parts;
    const [method, customer] = await withDatabaseErrors(() =>
      Promise.all([
        readMethod(knex, payment.methodId),
        findCustomer(knex, { provider: provider.name, account_id: payment.accountId }),
      ]),
    );
    if (method === undefined || customer === undefined) throw new Error('a payment without its method or customer');
    const context = { customerRef: customer.provider_ref, methodRef: method.provider_ref };
    hooks?.beforeRequest?.(step);
    const asked = await askProvider(
      () => request(provider, payment, step, context),
      logger.child({ payment: payment.id, step }),
    );
    hooks?.afterRequest?.(step);
    return asked;
  }

  /** Commits what came of it. */
  #end(id: Uuid, step: Step, asked: Asked<Answer>): Promise<Payment> {
    return this.#locked(id, async (trx, row) => {
      const before = toPayment(row);
      if (asked.kind === 'answered' && asked.answer.kind === 'seen') {
        return (await this.#observe(trx, row, asked.answer.payment, null)) ?? before;
      }
      return this.#store(trx, row, this.#judge(before, step, asked), null);
    });
  }

  /** What a payment is after something else than news of it. */
  #judge(payment: Payment, step: Step, asked: Asked<Answer>): Payment {
    const isFirst = step === firstStep(payment);
    switch (asked.kind) {
      case 'lost':
        return isFirst ? lose(payment) : payment;
      case 'not-done':
      case 'refused':
        // Sent again later it could charge a driver who has left. What was lost before may have been carried out, though.
        return isFirst && payment.state === 'authorizing' ? fail(payment, asked.code) : payment;
      case 'answered':
        if (asked.answer.kind === 'increase-declined') return { ...payment, increaseRefused: true };
        return this.#neverHeard(payment);
    }
  }

  #neverHeard(payment: Payment): Payment {
    const { clock, logger } = this.#parts;
    if (payment.providerRef !== null) {
      logger.error({ payment: payment.id }, 'the payment provider does not know a payment of its own');
      return payment;
    }
    return clock.now() - payment.createdAt >= LOST_AFTER_MS ? fail(payment, 'never-arrived') : payment;
  }

  /** Stores a payment with its entries, and when it is looked at again. */
  async #store(trx: Knex.Transaction, row: PaymentRow, changed: Payment, busyUntil: Date | null): Promise<Payment> {
    const { clock, ledger, logger } = this.#parts;
    const before = toPayment(row);
    const now = clock.now();
    const isForgotten = changed.state === 'needs-action' && now - changed.createdAt >= ACTION_MS;
    const after = { ...(isForgotten ? want(changed, { wanted: 'cancel' }) : changed), updatedAt: now };
    for (const entry of entriesOfPayment(before, after, now)) {
      if (entry.kind === 'top-up') await postTopUp(ledger, trx, after.accountId, entry);
      else await ledger.post(trx, entry);
    }
    const checks = after.state === before.state ? row.checks + 1 : 0;
    if (checks === WORRYING_CHECKS && after.state !== 'authorized' && after.state !== 'captured') {
      logger.error({ payment: row.id, state: after.state }, 'a payment does not come to an end');
    }
    await storePayment(trx, after, {
      checks,
      nextCheckAt: nextCheck(after, checks, now),
      busyUntil: busyUntil === null ? null : instant(busyUntil.getTime()),
    });
    if (after.state !== before.state) {
      logger.info({ payment: row.id, from: before.state, to: after.state }, 'a payment went on');
    }
    return after;
  }

  #locked<T>(id: Uuid, work: (trx: Knex.Transaction, row: PaymentRow) => Promise<T>): Promise<T> {
    return withDatabaseErrors(() =>
      this.#parts.knex.transaction(async (trx) => {
        const row = await lockPayment(trx, id);
        if (row === undefined) throw paymentNotFound({ id });
        return work(trx, row);
      }),
    );
  }
}

function stepOf(payment: Payment, mode: DriveMode, { capabilities }: PaymentProvider): Step | undefined {
  switch (mode) {
    case 'first':
      // What the driver is to do is not stored: it is asked for again.
      if (payment.state === 'needs-action') return 'read';
      return payment.state === 'authorizing' || payment.state === 'unknown' ? firstStep(payment) : undefined;
    case 'go-on':
      return nextStep(payment, capabilities);
    case 'check':
      return 'read';
  }
}

async function request(
  provider: PaymentProvider,
  payment: Payment,
  step: Step,
  { customerRef, methodRef }: { readonly customerRef: string; readonly methodRef: string },
): Promise<Answer> {
  const { id, currency, providerRef } = payment;
  if (step === 'read') {
    const { createdAt } = payment;
    const seen = await provider.readStatus({ paymentId: id, providerRef, customerRef, createdAt, currency });
    return seen === undefined ? { kind: 'never-heard' } : { kind: 'seen', payment: seen };
  }
  if (step === 'authorize' || step === 'charge') {
    const first: NewProviderPayment = {
      paymentId: id,
      customerRef,
      methodRef,
      amountMinor: payment.requestedMinor,
      currency,
      description: step === 'authorize' ? 'EV charging' : 'Wallet top-up',
      isDriverPresent: payment.isDriverPresent,
      idempotencyKey: `${id}:${step}`,
    };
    return { kind: 'seen', payment: await provider[step](first) };
  }
  if (providerRef === null) throw new Error(`a payment that the provider does not know cannot ${step}`);
  if (step === 'cancel') {
    return { kind: 'seen', payment: await provider.cancel({ providerRef, idempotencyKey: `${id}:cancel` }) };
  }
  if (step === 'increase') {
    const amountMinor = provider.payablePart(payment.captureMinor ?? 0n, currency);
    const idempotencyKey = `${id}:increase:${amountMinor}`;
    const raised = await provider.increase({ providerRef, amountMinor, currency, idempotencyKey });
    return raised.kind === 'declined' ? { kind: 'increase-declined' } : { kind: 'seen', payment: raised.payment };
  }
  const amountMinor = provider.payablePart(capturableMinor(payment, provider.capabilities), currency);
  const idempotencyKey = `${id}:capture`;
  return { kind: 'seen', payment: await provider.capture({ providerRef, amountMinor, currency, idempotencyKey }) };
}
