import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { ClientAction, Decline, RefundState } from '../contract/payments.ts';

/** The provider was not reached, or turned the request away before looking at it: nothing has happened. */
export const providerUnavailable = defineError(
  'payment.provider_unavailable',
  'Unavailable',
  'The payment provider cannot be reached at the moment.',
);
/** The request may have been carried out: only {@link PaymentProvider.readStatus} tells. */
export const outcomeUnknown = defineError(
  'payment.outcome_unknown',
  'Unavailable',
  'The payment provider has not answered; what became of the request is being found out.',
);
/** The provider has looked at the request and will not do it, whoever asks: nothing has happened. */
export const providerRefused = defineError(
  'payment.provider_refused',
  'FailedPrecondition',
  'The payment provider has refused the request ({code}).',
);
/** The notification is not the provider's, was changed on its way, or is too old. */
export const badSignature = defineError(
  'payment.bad_signature',
  'Unauthenticated',
  'The notification is not signed by the payment provider, or is too old.',
);
export const badNotification = defineError(
  'payment.bad_notification',
  'InvalidArgument',
  'The notification cannot be read.',
);
/** A currency or an amount that the provider does not take. */
export const amountNotPayable = defineError(
  'payment.amount_not_payable',
  'InvalidArgument',
  'The payment provider cannot take this amount of {currency}.',
);

/** What a provider can do, so that nobody has to ask who it is. */
export interface ProviderCapabilities {
  /** Holds money now and takes it later. Without it, only {@link PaymentProvider.charge}. */
  readonly authorize: boolean;
  /** Raises what is held. */
  readonly incremental: boolean;
  /** How much more than what is held may be captured, in percent of it. */
  readonly maxCaptureAboveAuthorizedPercent: number;
  /** Keeps cards (or agreements) that can be charged while the driver is away. */
  readonly savedMethods: boolean;
  /** Answers to the same idempotency key are the same for so long. */
  readonly idempotencyKeyMs: number;
}

/** A payment as the provider knows it. Amounts are in minor units (ISO 4217) of `currency`, whatever the provider counts in. */
export interface ProviderPayment {
  readonly providerRef: string;
  /** Our id, which the provider was given with the first request; null when it is not one of ours. */
  readonly paymentId: Uuid | null;
  /** `processing`: the provider does not know either yet. */
  readonly state: 'processing' | 'needs-action' | 'authorized' | 'captured' | 'cancelled' | 'declined';
  readonly currency: string;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  /** What the provider keeps, in the currency that it settles in; null as long as it does not say. */
  readonly fee: { readonly amountMinor: bigint; readonly currency: string } | null;
  readonly decline: Decline | null;
  readonly clientAction: ClientAction | null;
  /** null: this answer does not tell. */
  readonly refunds: readonly ProviderRefund[] | null;
}

export interface ProviderRefund {
  readonly providerRef: string;
  /** Our id; null when somebody gave the refund at the provider. */
  readonly refundId: Uuid | null;
  readonly amountMinor: bigint;
  readonly state: RefundState;
}

export interface ProviderMethod {
  readonly providerRef: string;
  readonly brand: string;
  readonly last4: string;
  readonly expiryYear: number;
  readonly expiryMonth: number;
}

/** A notification whose sender is certain. */
export interface ProviderNotification {
  /** Unique at the provider: the same notification again has the same. */
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Instant;
  readonly subject:
    | { readonly kind: 'payment'; readonly payment: ProviderPayment }
    | { readonly kind: 'refund'; readonly paymentRef: string; readonly refund: ProviderRefund }
    /** Something about the payment is to be read again. */
    | { readonly kind: 'look-again'; readonly paymentRef: string }
    /** What the customer has saved is to be read again. */
    | { readonly kind: 'methods'; readonly customerRef: string }
    | { readonly kind: 'other' };
}

/** Every request that changes something has a key: the same key with the same request is the same request. */
interface Keyed {
  readonly idempotencyKey: string;
}

export interface NewProviderPayment extends Keyed {
  readonly paymentId: Uuid;
  readonly customerRef: string;
  readonly methodRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly description: string;
  /** Whether the driver sits at a screen and could confirm something. */
  readonly isDriverPresent: boolean;
}

export interface PaymentRequest extends Keyed {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export interface StatusQuestion {
  readonly paymentId: Uuid;
  /** null: the answer to the first request was lost. */
  readonly providerRef: string | null;
  readonly customerRef: string;
  readonly createdAt: Instant;
  readonly currency: string;
}

/**
 * A payment provider. Declines are values, failures are errors: `payment.provider_unavailable` and `payment.provider_refused` say that nothing has
 * happened, `payment.outcome_unknown` that nobody knows. Requests never wait without end.
 */
export interface PaymentProvider {
  /** Stable: it is stored. */
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  /** Holds an amount on a saved method. @throws InvalidArgument `payment.amount_not_payable`; and as above */
  authorize(request: NewProviderPayment): Promise<ProviderPayment>;
  /** Raises what is held to an amount. `declined` leaves what is held as it was. */
  increase(
    request: PaymentRequest,
  ): Promise<
    | { readonly kind: 'increased'; readonly payment: ProviderPayment }
    | { readonly kind: 'declined'; readonly code: string }
  >;
  /** Takes what is held, or less; the rest is let go. */
  capture(request: PaymentRequest): Promise<ProviderPayment>;
  /** Lets go of what is held. */
  cancel(request: Keyed & { readonly providerRef: string }): Promise<ProviderPayment>;
  /** Takes an amount at once. @throws InvalidArgument `payment.amount_not_payable`; and as above */
  charge(request: NewProviderPayment): Promise<ProviderPayment>;
  /** @param request.refundId our number of it */
  refund(request: PaymentRequest & { readonly refundId: Uuid }): Promise<ProviderRefund>;
  /** Everything about a payment, refunds and fee included; undefined when the provider has never heard of it. */
  readStatus(question: StatusQuestion): Promise<ProviderPayment | undefined>;
  /**
   * Checks who sent a notification, and reads it. No request is made.
   *
   * @param rawBody as it came, to the byte
   * @throws Unauthenticated `payment.bad_signature`; InvalidArgument `payment.bad_notification`
   */
  readNotification(rawBody: Buffer, headers: Readonly<Record<string, string | undefined>>): ProviderNotification;
  /** Makes a customer for an account: the same for the same account. */
  createCustomer(request: Keyed & { readonly accountId: Uuid }): Promise<{ readonly customerRef: string }>;
  /** Begins to save a method. The card itself goes from the driver to the provider. */
  setUpMethod(request: Keyed & { readonly customerRef: string }): Promise<ClientAction>;
  /** What the customer has saved, at most a hundred. */
  listMethods(customerRef: string): Promise<readonly ProviderMethod[]>;
  /** The largest amount that is a whole number of what the provider counts in and not above. */
  payablePart(amountMinor: bigint, currency: string): bigint;
  /** In minor units; what is above is refused. */
  maxAmountMinor(currency: string): bigint;
}
