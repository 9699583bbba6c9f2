import { instant } from '@voltpile/kernel/clock';
import type Stripe from 'stripe';
import type { ProviderNotification } from '../payment-provider.ts';
import { fromPaymentIntent, fromRefund } from './stripe-status.ts';

/** A notification of Stripe in our words. Of most types we need not hear: they are `other`. */
export function fromEvent(event: Stripe.Event): ProviderNotification {
  return {
    eventId: event.id,
    type: event.type,
    occurredAt: instant(event.created * 1000),
    subject: subjectOf(event),
  };
}

function subjectOf(event: Stripe.Event): ProviderNotification['subject'] {
  switch (event.type) {
    case 'payment_intent.amount_capturable_updated':
    case 'payment_intent.succeeded':
    case 'payment_intent.canceled':
    case 'payment_intent.payment_failed':
    case 'payment_intent.requires_action':
      return { kind: 'payment', payment: fromPaymentIntent(event.data.object) };
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed': {
      const paymentRef = idOf(event.data.object.payment_intent);
      return paymentRef === undefined
        ? { kind: 'other' }
        : { kind: 'refund', paymentRef, refund: fromRefund(event.data.object) };
    }
    // The fee is known some time after the charge.
    case 'charge.updated': {
      const paymentRef = idOf(event.data.object.payment_intent);
      return paymentRef === undefined ? { kind: 'other' } : { kind: 'look-again', paymentRef };
    }
    case 'setup_intent.succeeded':
    case 'payment_method.attached':
    case 'payment_method.updated':
    case 'payment_method.automatically_updated':
      return methodsOf(event.data.object.customer);
    case 'payment_method.detached': {
      const before = event.data.previous_attributes as { customer?: string | null } | undefined;
      return methodsOf(before?.customer ?? null);
    }
    default:
      return { kind: 'other' };
  }
}

function methodsOf(customer: string | { readonly id: string } | null): ProviderNotification['subject'] {
  const customerRef = idOf(customer);
  return customerRef === undefined ? { kind: 'other' } : { kind: 'methods', customerRef };
}

function idOf(thing: string | { readonly id: string } | null | undefined): string | undefined {
  return typeof thing === 'string' ? thing : thing?.id;
}
