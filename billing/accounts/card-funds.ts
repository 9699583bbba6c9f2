import type { FundsDecision, FundsRequest } from '@voltpile/csms/contract/funds-port';
import { NO_LIMITS } from '@voltpile/csms/contract/funds-port';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { AccountView } from '../contract/accounts.ts';
import { toMoney } from '../money/minor-units.ts';
import type { Payment } from '../payment/payment-state.ts';
import type { Payments } from '../payment/payments.ts';

export interface CardFundsOptions {
  readonly payments: Payments;
  readonly logger: Logger;
  /** What is to be held, in minor units of a currency. */
  readonly amountOf: (currency: string) => bigint;
  /** A station waits for the answer: how long the provider is waited for. */
  readonly waitMs: () => number;
}

/** Holds an amount on the cards of those who pay by card, before they charge. */
export interface CardFunds {
  reserve(request: FundsRequest, account: AccountView): Promise<FundsDecision>;
  /** Resolves when what the provider was asked is stored. */
  stop(): Promise<void>;
}

/**
 * Once it is held, an intent is granted, however often it is asked about; once it is refused, whatever turns out to be held for it is let go. The
 * row of the payment decides which of the two it is, so that all who ask at once are told the same.
 */
export function createCardFunds({ payments, logger, amountOf, waitMs }: CardFundsOptions): CardFunds {
  /** Who asks about an intent while it is being asked about waits for that answer. */
  const decisions = new Map<Uuid, Promise<FundsDecision>>();
  const underWay = new Set<Promise<unknown>>();

  async function decide({ intentId }: FundsRequest, account: AccountView): Promise<FundsDecision> {
    const known = await payments.askAgain(intentId);
    if (known !== undefined && known.wanted !== 'hold') return answerOf(known);
    const request = known === undefined ? await newRequest(intentId, account) : againFor(known);
    if (request === undefined) return { outcome: 'refused', reason: 'no-credit' };
    if (known?.state !== 'authorized') {
      await payments.planHold({ ...request, intentId });
      await waitFor(authorize({ ...request, intentId }));
    }
    const payment = await payments.stopWaiting(intentId);
    if (payment === undefined) return { outcome: 'refused', reason: 'unavailable' };
    // What has to be asked for that nobody here waits for: whoever refuses is not held up by it.
    if (payment.state === 'cancelling') keep(payments.carryOut(payment.id));
    return answerOf(payment);
  }

  /** undefined: there is nothing that it could be held on. */
  async function newRequest(intentId: Uuid, { id: accountId, ...account }: AccountView) {
    const { organizationId, currency, defaultPaymentMethodId } = account;
    const paymentMethodId = await payments.cardOf(accountId, defaultPaymentMethodId);
    if (paymentMethodId === undefined) return undefined;
    const amountMinor = payments.holdablePart(amountOf(currency), currency);
    if (amountMinor <= 0n) {
      logger.error({ intentId, currency }, 'nothing can be held in this currency: the amount to be held is too small');
      return undefined;
    }
    return { organizationId, accountId, currency, amountMinor, paymentMethodId };
  }

  async function authorize(request: Parameters<Payments['authorizeForIntent']>[0]): Promise<void> {
    await payments.authorizeForIntent(request);
  }

  /** Waits for a while; after that it goes on by itself. */
  async function waitFor(work: Promise<void>): Promise<void> {
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs());
    try {
      await Promise.race([keep(work), patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What goes on though nobody may wait for it any more. Rejects as it does, to whoever waits. */
  function keep<T>(work: Promise<T>): Promise<T> {
    const watched: Promise<unknown> = work
      .catch((err: unknown) => logger.warn({ err }, 'a card could not be asked; the sweeper finds out what came of it'))
      .finally(() => underWay.delete(watched));
    underWay.add(watched);
    return work;
  }

  return {
    reserve(request, account) {
      const { intentId } = request;
      const same = decisions.get(intentId);
      if (same !== undefined) return same;
      const decision = decide(request, account).finally(() => decisions.delete(intentId));
      decisions.set(intentId, decision);
      return decision;
    },
    async stop() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** The same request once more: the provider gets it under the same key. */
function againFor({ organizationId, accountId, currency, requestedMinor, methodId }: Payment) {
  return { organizationId, accountId, currency, amountMinor: requestedMinor, paymentMethodId: methodId };
}

/** What says that nobody could be asked, other than that somebody has said no. */
const NOT_ASKED: readonly (string | null)[] = ['provider-unavailable', 'never-arrived'];

function answerOf({ wanted, state, currency, authorizedMinor, failure }: Payment): FundsDecision {
  const isGranted = wanted === 'capture' || (wanted === 'hold' && state === 'authorized');
  if (isGranted) {
    return { outcome: 'granted', limits: { ...NO_LIMITS, amount: toMoney(authorizedMinor, currency) } };
  }
  const isRefused = state === 'declined' || (state === 'failed' && !NOT_ASKED.includes(failure));
  // The bank wanted its customer to confirm what nobody can confirm at a station. Where something was held, it came too late.
  const isUnconfirmed = ['needs-action', 'cancelling', 'cancelled'].includes(state) && authorizedMinor === 0n;
  const isNo = isRefused || isUnconfirmed;
  return { outcome: 'refused', reason: isNo ? 'no-credit' : 'unavailable' };
}
