import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { soon } from './check-times.ts';
import type { DriverParts } from './driver-parts.ts';
import { type Driven, type PaymentDriver, paymentNotFound } from './payment-driver.ts';
import { entryOfRefund } from './payment-entries.ts';
import { type Payment, want } from './payment-state.ts';
import { chooseMethod, findMethod } from './persistence/methods-repository.ts';
import {
  addRefunded,
  findByKey,
  findOfIntent,
  findPayment,
  insertPayment,
  lockPayment,
  type PaymentRow,
  storePayment,
  toPayment,
  touchOfIntent,
} from './persistence/payments-repository.ts';
import { findRefund, insertRefund, toRefund } from './persistence/refunds-repository.ts';
import type { RefundDriver } from './refund-driver.ts';
import type { Refund } from './refund-state.ts';

export const methodNotFound = defineError('payment.method_not_found', 'NotFound', 'There is no payment method {id}.');
export const badPaymentAmount = defineError(
  'payment.bad_amount',
  'InvalidArgument',
  'The amount must be above nothing, and one that the payment provider takes.',
);
export const keyReused = defineError(
  'payment.key_reused',
  'Conflict',
  'There is another payment for the same thing: with another amount, account or card.',
);
export const cannotAuthorize = defineError(
  'payment.cannot_authorize',
  'FailedPrecondition',
  'The payment provider cannot hold money for a charge.',
);
export const otherCapture = defineError(
  'payment.other_capture',
  'Conflict',
  'Payment {id} is captured for another record, or with another amount.',
);
export const notCaptured = defineError('payment.not_captured', 'FailedPrecondition', 'Payment {id} is {state}.');
export const refundTooLarge = defineError(
  'payment.refund_too_large',
  'FailedPrecondition',
  'Not so much is left of payment {id}.',
);

export interface NewPaymentFacts {
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly paymentMethodId: Uuid;
}

export type HoldRequest = NewPaymentFacts & { readonly intentId: Uuid; readonly isDriverPresent?: boolean };

export interface CaptureFacts {
  readonly intentId: Uuid;
  readonly cdrId: Uuid;
  /** 0: nothing was consumed, what is held is let go. */
  readonly amountMinor: bigint;
}

/** An answer that is lost is asked for again no later than this before the provider forgets its key. */
const KEY_MARGIN_MS = 3_600_000;

/**
 * Payments as the rest of billing uses them. Every method may be called again with the same request, also after a crash in the middle: nothing is
 * charged, captured or given back twice. What the bank says is a state of the payment; `unknown` and the states that end in `-ing` become others by
 * themselves. All of it throws Unavailable `database.unavailable`.
 */
export class Payments {
  readonly #parts: DriverParts;
  readonly #driver: PaymentDriver;
  readonly #refunds: RefundDriver;

  constructor(parts: DriverParts, driver: PaymentDriver, refunds: RefundDriver) {
    this.#parts = parts;
    this.#driver = driver;
    this.#refunds = refunds;
  }

  /**
   * Holds an amount on a saved card for a charge that is about to start. One payment for an intent.
   *
   * @returns `authorized`, `declined`, `failed` (the provider was not reached), `unknown` (its answer was lost: ask again, or cancel)
   * @throws NotFound `payment.method_not_found`; InvalidArgument `payment.bad_amount`; Conflict `payment.key_reused`;
   *   FailedPrecondition `payment.cannot_authorize`
   */
  authorizeForIntent(request: HoldRequest): Promise<Driven> {
    return this.#begin(request, this.#aboutHold(request));
  }

  /**
   * Notes what is going to be held, without asking for it: whoever does not want to wait for {@link authorizeForIntent} can say so in the meantime.
   *
   * @throws as of {@link authorizeForIntent}
   */
  async planHold(request: HoldRequest): Promise<void> {
    await this.#note(request, this.#aboutHold(request));
  }

  #aboutHold({ intentId, isDriverPresent = false }: HoldRequest) {
    if (!this.#parts.provider.capabilities.authorize) throw cannotAuthorize();
    return { purpose: 'charge', intentId, idempotencyKey: `intent:${intentId}`, isDriverPresent } as const;
  }

  /**
   * Charges a saved card at once and puts the money into the account's wallet.
   *
   * @throws NotFound `payment.method_not_found`; InvalidArgument `payment.bad_amount`; Conflict `payment.key_reused`
   */
  topUp(
    request: NewPaymentFacts & { readonly idempotencyKey: string; readonly isDriverPresent?: boolean },
  ): Promise<Driven> {
    return this.#begin(request, {
      purpose: 'top-up',
      intentId: null,
      idempotencyKey: `top-up:${request.idempotencyKey}`,
      isDriverPresent: request.isDriverPresent ?? true,
    });
  }

  /** The payment for an intent; undefined when there is none. */
  async findForIntent(intentId: Uuid): Promise<Payment | undefined> {
    const row = await withDatabaseErrors(() => findOfIntent(this.#parts.knex, intentId));
    return row === undefined ? undefined : toPayment(row);
  }

  /** Notes that an intent was asked about again. @returns the payment for it; undefined when there is none */
  async askAgain(intentId: Uuid): Promise<Payment | undefined> {
    const { knex, clock } = this.#parts;
    const row = await withDatabaseErrors(() => touchOfIntent(knex, intentId, clock.now()));
    return row === undefined ? undefined : toPayment(row);
  }

  /**
   * Says that nobody waits any longer for what the provider has to say of an intent: what is not held by now is let go as soon as it is.
   *
   * @returns `authorized` with `wanted` `hold` when it is held after all, and may be charged on; undefined when nothing was asked for
   */
  async stopWaiting(intentId: Uuid): Promise<Payment | undefined> {
    const { knex } = this.#parts;
    await withDatabaseErrors(() =>
      knex.transaction((trx) =>
        this.#plan(trx, intentId, (payment) =>
          payment.state === 'authorized' ? payment : want(payment, { wanted: 'cancel' }),
        ),
      ),
    );
    return this.findForIntent(intentId);
  }

  /** What can be held of an amount: the provider has a most, and steps. */
  holdablePart(amountMinor: bigint, currency: string): bigint {
    const { provider } = this.#parts;
    const most = provider.maxAmountMinor(currency);
    return provider.payablePart(amountMinor < most ? amountMinor : most, currency);
  }

  /** The card that an account charges by: the preferred one while it is saved, otherwise the newest; undefined when it has none. */
  async cardOf(accountId: Uuid, preferred: Uuid | null): Promise<Uuid | undefined> {
    const { knex, provider } = this.#parts;
    return (await withDatabaseErrors(() => chooseMethod(knex, provider.name, accountId, preferred)))?.id;
  }

  /** Whether an account has that card still. */
  async hasMethod(db: Knex, accountId: Uuid, id: Uuid): Promise<boolean> {
    return (await findMethod(db, accountId, id))?.provider === this.#parts.provider.name;
  }

  /**
   * Plans, within the caller's transaction, to take what a charge has cost of what was held for it, raising that before where it is too little and the
   * provider can. What is not captured is still owed: `capturedMinor` tells. {@link carryOut} is to follow the commit, and the sweeper does it if nobody
   * does. It locks the payment, so it comes before entries in the ledger: elsewhere payments are locked first, too.
   *
   * @returns undefined when nothing was held for the intent; a payment that was cancelled before stays so
   * @throws Conflict `payment.other_capture`
   */
  planCapture(trx: Knex.Transaction, { intentId, cdrId, amountMinor }: CaptureFacts): Promise<Uuid | undefined> {
    return this.#plan(trx, intentId, (payment) => {
      if (payment.wanted === 'capture' && (payment.cdrId !== cdrId || payment.captureMinor !== amountMinor)) {
        throw otherCapture({ id: payment.id });
      }
      const payable = this.#parts.provider.payablePart(amountMinor, payment.currency);
      return payable === 0n
        ? want(payment, { wanted: 'cancel' })
        : want(payment, { wanted: 'capture', cdrId, amountMinor });
    });
  }

  /** Plans to let go of what is held for an intent, or will turn out to be. A payment that is to be captured stays so. */
  planCancel(trx: Knex.Transaction, intentId: Uuid): Promise<Uuid | undefined> {
    return this.#plan(trx, intentId, (payment) => want(payment, { wanted: 'cancel' }));
  }

  /** @throws NotFound `payment.not_found` */
  async carryOut(id: Uuid): Promise<Payment> {
    return (await this.#driver.drive(id, 'go-on')).payment;
  }

  /**
   * Gives money back, to the card that it came from. The books say so at once; a refund that the provider cannot give is taken back there.
   *
   * @param amountMinor undefined: all that is left
   * @throws NotFound `payment.not_found`; InvalidArgument `payment.bad_amount`; Conflict `payment.key_reused`; FailedPrecondition
   *   `payment.not_captured`, `payment.refund_too_large`, `ledger.insufficient_funds`
   */
  async refund(
    paymentId: Uuid,
    amountMinor: bigint | undefined,
    reason: string,
    idempotencyKey: string,
    requestedBy: string | null = null,
  ): Promise<Refund> {
    const { knex } = this.#parts;
    const { refund, isNew } = await withDatabaseErrors(() =>
      knex.transaction((trx) => this.#planRefund(trx, { paymentId, amountMinor, reason, idempotencyKey, requestedBy })),
    );
    return isNew ? this.#refunds.drive(refund.id, 'first') : refund;
  }

  async #begin(
    facts: NewPaymentFacts,
    about: Pick<Payment, 'purpose' | 'intentId' | 'isDriverPresent'> & { readonly idempotencyKey: string },
  ): Promise<Driven> {
    const { clock, provider } = this.#parts;
    const row = await this.#note(facts, about);
    const age = clock.now() - row.created_at.getTime();
    const isKeyGood = age < provider.capabilities.idempotencyKeyMs - KEY_MARGIN_MS;
    return this.#driver.drive(row.id, isKeyGood ? 'first' : 'check');
  }

  /** Stores what is going to be asked for; what was stored before stays as it is. */
  async #note(
    facts: NewPaymentFacts,
    about: Pick<Payment, 'purpose' | 'intentId' | 'isDriverPresent'> & { readonly idempotencyKey: string },
  ): Promise<PaymentRow> {
    const { knex, clock, provider } = this.#parts;
    const { amountMinor, currency, accountId, organizationId } = facts;
    if (amountMinor <= 0n || amountMinor > provider.maxAmountMinor(currency)) throw badPaymentAmount();
    if (provider.payablePart(amountMinor, currency) !== amountMinor) throw badPaymentAmount();
    const now = clock.now();
    const row = await withDatabaseErrors(async () => {
      const before = await this.#find(organizationId, about);
      if (before !== undefined) return before;
      const method = await findMethod(knex, accountId, facts.paymentMethodId);
      if (method === undefined || method.organization_id !== organizationId || method.provider !== provider.name) {
        throw methodNotFound({ id: facts.paymentMethodId });
      }
      const payment = newPayment(facts, about, provider.name, now);
      const watch = { checks: 0, nextCheckAt: soon(now), busyUntil: null };
      await insertPayment(knex, payment, { idempotencyKey: about.idempotencyKey, ...watch });
      return this.#find(organizationId, about);
    });
    if (row === undefined || !isSame(toPayment(row), facts)) throw keyReused();
    return row;
  }

  #find(
    organizationId: Uuid,
    { intentId, idempotencyKey }: { readonly intentId: Uuid | null; readonly idempotencyKey: string },
  ): Promise<PaymentRow | undefined> {
    const { knex } = this.#parts;
    return intentId === null ? findByKey(knex, organizationId, idempotencyKey) : findOfIntent(knex, intentId);
  }

  async #plan(trx: Knex.Transaction, intentId: Uuid, decide: (payment: Payment) => Payment): Promise<Uuid | undefined> {
    const { clock } = this.#parts;
    const found = await findOfIntent(trx, intentId);
    const row = found === undefined ? undefined : await lockPayment(trx, found.id);
    if (row === undefined) return undefined;
    const payment = toPayment(row);
    const decided = decide(payment);
    if (decided !== payment) {
      const now = clock.now();
      const isToDo = decided.state !== payment.state;
      await storePayment(
        trx,
        { ...decided, updatedAt: now },
        {
          checks: row.checks,
          nextCheckAt: isToDo ? soon(now) : instantOf(row.next_check_at),
          busyUntil: instantOf(row.busy_until),
        },
      );
    }
    return row.id;
  }

  async #planRefund(
    trx: Knex.Transaction,
    request: {
      readonly paymentId: Uuid;
      readonly amountMinor: bigint | undefined;
      readonly reason: string;
      readonly idempotencyKey: string;
      readonly requestedBy: string | null;
    },
  ): Promise<{ refund: Refund; isNew: boolean }> {
    const { clock, ledger, provider } = this.#parts;
    const { paymentId: id, idempotencyKey } = request;
    const row = await lockPayment(trx, id);
    if (row === undefined) throw paymentNotFound({ id });
    const before = await findRefund(trx, { payment_id: id, idempotency_key: idempotencyKey });
    if (before !== undefined) {
      const known = toRefund(before);
      if (request.amountMinor !== undefined && request.amountMinor !== known.amountMinor) throw keyReused();
      return { refund: known, isNew: false };
    }
    const payment = toPayment(row);
    if (payment.state !== 'captured') throw notCaptured({ id, state: payment.state });
    const left = payment.capturedMinor - BigInt(row.refunded_minor);
    const amountMinor = request.amountMinor ?? left;
    if (amountMinor > left || left <= 0n) throw refundTooLarge({ id });
    if (amountMinor <= 0n || provider.payablePart(amountMinor, payment.currency) !== amountMinor)
      throw badPaymentAmount();
    const now = clock.now();
    const refund = newRefund(payment, { ...request, amountMinor }, now);
    await ledger.post(trx, entryOfRefund(payment, refund, now));
    await noteRefund(trx, refund);
    return { refund, isNew: true };
  }

  /** @throws NotFound `payment.not_found` */
  async get(id: Uuid): Promise<Payment> {
    const row = await withDatabaseErrors(() => findPayment(this.#parts.knex, EVERYTHING, id));
    if (row === undefined) throw paymentNotFound({ id });
    return toPayment(row);
  }
}

/** Stores a refund of a payment that is locked; its entry is the caller's to write. */
export async function noteRefund(trx: Knex.Transaction, refund: Refund): Promise<void> {
  await insertRefund(trx, refund, { checks: 0, nextCheckAt: soon(refund.createdAt), busyUntil: null });
  await addRefunded(trx, refund.paymentId, refund.amountMinor);
}

/** A refund that is to be given. */
export function newRefund(
  { id, organizationId, provider, currency }: Payment,
  facts: Pick<Refund, 'amountMinor' | 'reason' | 'idempotencyKey' | 'requestedBy'>,
  now: Instant,
): Refund {
  const { amountMinor, reason, idempotencyKey, requestedBy } = facts;
  return {
    id: uuidv7(),
    paymentId: id,
    organizationId,
    provider,
    providerRef: null,
    amountMinor,
    currency,
    reason,
    idempotencyKey,
    state: 'pending',
    bookedFromReceivable: false,
    requestedBy,
    createdAt: now,
  };
}

function newPayment(
  facts: NewPaymentFacts,
  about: Pick<Payment, 'purpose' | 'intentId' | 'isDriverPresent'>,
  provider: string,
  now: Instant,
): Payment {
  return {
    id: uuidv7(),
    organizationId: facts.organizationId,
    accountId: facts.accountId,
    purpose: about.purpose,
    intentId: about.intentId,
    cdrId: null,
    provider,
    providerRef: null,
    methodId: facts.paymentMethodId,
    currency: facts.currency,
    requestedMinor: facts.amountMinor,
    isDriverPresent: about.isDriverPresent,
    authorizedMinor: 0n,
    capturedMinor: 0n,
    feeMinor: null,
    feeCurrency: null,
    state: 'authorizing',
    wanted: 'hold',
    captureMinor: null,
    increaseRefused: false,
    decline: null,
    failure: null,
    createdAt: now,
    updatedAt: now,
  };
}

function isSame(payment: Payment, facts: NewPaymentFacts): boolean {
  return (
    payment.organizationId === facts.organizationId &&
    payment.accountId === facts.accountId &&
    payment.methodId === facts.paymentMethodId &&
    payment.currency === facts.currency &&
    payment.requestedMinor === facts.amountMinor
  );
}

function instantOf(date: Date | null): Instant | null {
  return date === null ? null : (date.getTime() as Instant);
}
