import type Stripe from 'stripe';
import type { Decline, RefundState } from '../../contract/payments.ts';
import type { ProviderMethod, ProviderPayment, ProviderRefund } from '../payment-provider.ts';
import { fromStripeAmount } from './stripe-amount.ts';

/** How our ids are written on things at Stripe. */
export const PAYMENT_ID = 'voltpile_payment_id';
export const REFUND_ID = 'voltpile_refund_id';

const STATES: Readonly<Record<string, ProviderPayment['state']>> = {
  requires_confirmation: 'needs-action',
  requires_action: 'needs-action',
  requires_capture: 'authorized',
  processing: 'processing',
  succeeded: 'captured',
  canceled: 'cancelled',
};

/** What a PaymentIntent says, in our words; of its fee only where its charge is expanded. */
export function fromPaymentIntent(
  intent: Stripe.PaymentIntent,
  refunds: readonly ProviderRefund[] | null = null,
): ProviderPayment {
  const currency = intent.currency.toUpperCase();
  const error = intent.last_payment_error;
  // Without a payment method it waits for one: because the last was declined, or because none was given yet.
  const waiting = error === null || error === undefined ? 'needs-action' : 'declined';
  const state = intent.status === 'requires_payment_method' ? waiting : (STATES[intent.status] ?? 'processing');
  const isHeld = state === 'authorized' || state === 'captured';
  return {
    providerRef: intent.id,
    paymentId: intent.metadata[PAYMENT_ID] ?? null,
    state,
    currency,
    authorizedMinor: isHeld ? fromStripeAmount(intent.amount, currency) : 0n,
    capturedMinor: state === 'captured' ? fromStripeAmount(intent.amount_received, currency) : 0n,
    fee: feeOf(intent),
    decline: state === 'declined' ? declineOf(error) : null,
    clientAction:
      state === 'needs-action' && intent.client_secret !== null
        ? { kind: 'client-secret', clientSecret: intent.client_secret }
        : null,
    refunds,
  };
}

export function fromRefund(refund: Stripe.Refund): ProviderRefund {
  const states: Readonly<Record<string, RefundState>> = {
    succeeded: 'succeeded',
    failed: 'failed',
    canceled: 'failed',
  };
  return {
    providerRef: refund.id,
    refundId: refund.metadata?.[REFUND_ID] ?? null,
    amountMinor: fromStripeAmount(refund.amount, refund.currency.toUpperCase()),
    state: states[refund.status ?? ''] ?? 'pending',
  };
}

/** undefined for what is not a card. */
export function fromPaymentMethod({ id, card }: Stripe.PaymentMethod): ProviderMethod | undefined {
  if (card === undefined || card === null) return undefined;
  return {
    providerRef: id,
    brand: card.display_brand ?? card.brand,
    last4: card.last4,
    expiryYear: card.exp_year,
    expiryMonth: card.exp_month,
  };
}

function feeOf({ latest_charge: charge }: Stripe.PaymentIntent): ProviderPayment['fee'] {
  const entry = typeof charge === 'object' && charge !== null ? charge.balance_transaction : null;
  if (typeof entry !== 'object' || entry === null) return null;
  const currency = entry.currency.toUpperCase();
  return { amountMinor: fromStripeAmount(entry.fee, currency), currency };
}

/** @param error what Stripe says of the last attempt */
function declineOf(error: Stripe.PaymentIntent['last_payment_error'] | undefined): Decline {
  const code = error?.decline_code ?? error?.code ?? 'unknown';
  switch (code) {
    case 'insufficient_funds':
      return { reason: 'insufficient-funds', code };
    case 'authentication_required':
    case 'payment_intent_authentication_failure':
      return { reason: 'authentication-required', code };
    case 'expired_card':
      return { reason: 'expired', code };
    default:
      return { reason: 'declined', code };
  }
}
