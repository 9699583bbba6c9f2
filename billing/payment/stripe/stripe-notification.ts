import { instant } from '@voltpile/kernel/clock';
import type Stripe from 'stripe';
import { badNotification, type ProviderNotification } from '../payment-provider.ts';
import { fromPaymentIntent, fromRefund } from './stripe-status.ts';

/** In seconds: what a time can be at most. */
const LAST_SECOND = 8_640_000_000_000;
const LONGEST_ID = 255;

/**
 * A notification of Stripe in our words. Of most types we need not hear: they are `other`.
 *
 * @param event as it was sent: signed, and yet of any form
 * @throws InvalidArgument `payment.bad_notification`; TypeError and others where something is not there at all
 */
export function fromEvent(event: Stripe.Event): ProviderNotification {
  const { id, type, created } = event;
  const isTime = Number.isSafeInteger(created) && created >= 0 && created <= LAST_SECOND;
  if (!isText(id) || !isText(type) || !isTime) throw badNotification();
  const subject = subjectOf(event);
  if (!idsOf(subject).every(isText)) throw badNotification();
  return { eventId: id, type, occurredAt: instant(created * 1000), subject };
}

/** What is stored, or asked for, as it was told. */
function idsOf(subject: ProviderNotification['subject']): unknown[] {
  switch (subject.kind) {
    case 'payment':
      return [subject.payment.providerRef, subject.payment.paymentId ?? 'none'];
    case 'refund':
      return [subject.paymentRef, subject.refund.providerRef, subject.refund.refundId ?? 'none'];
    case 'look-again':
      return [subject.paymentRef];
    case 'methods':
      return [subject.customerRef];
    case 'other':
      return [];
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID && !value.includes('\0');
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
