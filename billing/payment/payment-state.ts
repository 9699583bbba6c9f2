import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Decline, PaymentPurpose, PaymentState } from '../contract/payments.ts';
import type { ProviderCapabilities, ProviderPayment } from './payment-provider.ts';

/** A payment as we know it. */
export interface Payment {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly purpose: PaymentPurpose;
  readonly intentId: Uuid | null;
  readonly cdrId: Uuid | null;
  readonly provider: string;
  readonly providerRef: string | null;
  readonly methodId: Uuid;
  readonly currency: string;
  readonly requestedMinor: bigint;
  readonly isDriverPresent: boolean;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly feeMinor: bigint | null;
  readonly feeCurrency: string | null;
  readonly state: PaymentState;
  /** What is to become of what is held. Once it is to be captured, or to be let go, that stays so. */
  readonly wanted: 'hold' | 'capture' | 'cancel';
  /** What is to be captured; null unless `wanted` is `capture`. */
  readonly captureMinor: bigint | null;
  /** The provider would not raise what is held. */
  readonly increaseRefused: boolean;
  readonly decline: Decline | null;
  readonly failure: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/**
 * Where a payment may go from where it is. There is no way back: news that would lead back is old news. `failed` and `declined` have ways on, since
 * what was given up may turn out to have happened, and a driver may pay with another card after all.
 */
export const TRANSITIONS: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  authorizing: ['unknown', 'failed', 'needs-action', 'declined', 'authorized', 'captured', 'cancelled'],
  unknown: ['failed', 'needs-action', 'declined', 'authorized', 'captured', 'cancelled'],
  failed: ['needs-action', 'declined', 'authorized', 'captured', 'cancelled'],
  'needs-action': ['declined', 'authorized', 'cancelling', 'captured', 'cancelled'],
  declined: ['authorized', 'captured', 'cancelled'],
  authorized: ['capturing', 'cancelling', 'captured', 'cancelled'],
  capturing: ['captured', 'cancelled'],
  cancelling: ['captured', 'cancelled'],
  captured: [],
  cancelled: [],
};

export function canMove(from: PaymentState, to: PaymentState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** What the provider can be asked. `read`: only what has become of it. */
export type Step = 'authorize' | 'charge' | 'increase' | 'capture' | 'cancel' | 'read';

/** What a payment begins with. */
export function firstStep({ purpose }: Payment): Step {
  return purpose === 'charge' ? 'authorize' : 'charge';
}

/** What is to be done with a payment that the provider knows; undefined when there is nothing to do, or nothing but waiting. */
export function nextStep(payment: Payment, capabilities: ProviderCapabilities): Step | undefined {
  if (payment.state === 'cancelling') return 'cancel';
  if (payment.state !== 'capturing') return undefined;
  return canIncrease(payment, capabilities) ? 'increase' : 'capture';
}

function canIncrease(payment: Payment, { incremental }: ProviderCapabilities): boolean {
  return incremental && !payment.increaseRefused && (payment.captureMinor ?? 0n) > payment.authorizedMinor;
}

/** What can be captured of what is to be, as things are held: never more than the provider allows. */
export function capturableMinor(payment: Payment, capabilities: ProviderCapabilities): bigint {
  const most = (payment.authorizedMinor * (100n + BigInt(capabilities.maxCaptureAboveAuthorizedPercent))) / 100n;
  const wanted = payment.captureMinor ?? 0n;
  return wanted < most ? wanted : most;
}

/** Says what is to become of what is held. The first word counts. */
export function want(
  payment: Payment,
  wish:
    | { readonly wanted: 'capture'; readonly cdrId: Uuid; readonly amountMinor: bigint }
    | { readonly wanted: 'cancel' },
): Payment {
  if (payment.wanted !== 'hold') return payment;
  return advance(
    wish.wanted === 'cancel'
      ? { ...payment, wanted: 'cancel' }
      : { ...payment, wanted: 'capture', cdrId: wish.cdrId, captureMinor: wish.amountMinor },
  );
}

/** Who writes our number on another payment at the provider, or one in another currency, does not change ours. */
export function isPaymentOf({ id, providerRef, currency }: Payment, seen: ProviderPayment): boolean {
  const isOurs = providerRef === null ? seen.paymentId === id : seen.providerRef === providerRef;
  return isOurs && seen.currency === currency;
}

/** Takes what the provider says of a payment, whichever way and in whatever order it came. */
export function observe(payment: Payment, seen: ProviderPayment): Payment {
  const known = payment.providerRef ?? seen.providerRef;
  const fee = seen.state === 'captured' && payment.feeMinor === null ? seen.fee : null;
  const withFacts: Payment = {
    ...payment,
    providerRef: known,
    authorizedMinor: seen.authorizedMinor > payment.authorizedMinor ? seen.authorizedMinor : payment.authorizedMinor,
    ...(fee === null ? {} : { feeMinor: fee.amountMinor, feeCurrency: fee.currency }),
  };
  if (seen.state === 'processing' || !canMove(payment.state, seen.state)) return advance(withFacts);
  return advance({
    ...withFacts,
    state: seen.state,
    // Captured once: whatever is said of it later does not come here.
    capturedMinor: seen.state === 'captured' ? seen.capturedMinor : payment.capturedMinor,
    decline: seen.state === 'declined' ? (seen.decline ?? { reason: 'declined', code: 'unknown' }) : null,
    failure: null,
  });
}

/** What was given up: nobody was charged, as far as anybody knows. */
export function fail(payment: Payment, failure: string): Payment {
  return canMove(payment.state, 'failed') ? { ...payment, state: 'failed', failure } : payment;
}

/** The answer to the first request was lost. */
export function lose(payment: Payment): Payment {
  return canMove(payment.state, 'unknown') ? { ...payment, state: 'unknown' } : payment;
}

/** Once something is held, what is to become of it begins. */
function advance(payment: Payment): Payment {
  if (payment.wanted === 'capture' && payment.state === 'authorized') return { ...payment, state: 'capturing' };
  const holds = payment.state === 'authorized' || payment.state === 'needs-action';
  if (payment.wanted === 'cancel' && holds) return { ...payment, state: 'cancelling' };
  return payment;
}
