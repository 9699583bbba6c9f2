import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Money } from './money.ts';

export const PAYMENT_STATES = [
  /** The provider is being asked, or its answer is still to be stored. */
  'authorizing',
  /** The provider was asked and its answer was lost; it is being found out. */
  'unknown',
  /** The driver has something to do: to confirm it at the bank, to scan a code. */
  'needs-action',
  /** The provider was not reached, or never got the request. Nobody was charged. */
  'failed',
  'declined',
  /** Money is held on the card. */
  'authorized',
  'capturing',
  'cancelling',
  'captured',
  'cancelled',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** `charge`: held for a charge and captured at its end; `top-up`: taken at once and put into the wallet. */
export const PAYMENT_PURPOSES = ['charge', 'top-up'] as const;
export type PaymentPurpose = (typeof PAYMENT_PURPOSES)[number];

export const DECLINE_REASONS = ['insufficient-funds', 'authentication-required', 'expired', 'declined'] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** Why the bank said no. */
export interface Decline {
  readonly reason: DeclineReason;
  /** The provider's own word. */
  readonly code: string;
}

/** What the driver's app needs to let the driver act. Given once, not stored. */
export type ClientAction =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  | { readonly kind: 'qr-code'; readonly content: string };

export interface PaymentView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly purpose: PaymentPurpose;
  /** The start intent that it was authorised for. */
  readonly intentId: Uuid | null;
  /** The charge detail record that it was captured for. */
  readonly cdrId: Uuid | null;
  readonly provider: string;
  readonly providerReference: string | null;
  readonly paymentMethodId: Uuid;
  readonly state: PaymentState;
  readonly amount: Money;
  readonly authorized: Money;
  readonly captured: Money;
  /** Refunds under way included. */
  readonly refunded: Money;
  /** What the provider keeps; null as long as it has not said. */
  readonly fee: Money | null;
  readonly decline: Decline | null;
  /** Why it failed: a stable word. */
  readonly failure: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const REFUND_STATES = ['pending', 'succeeded', 'failed'] as const;
export type RefundState = (typeof REFUND_STATES)[number];

export interface RefundView {
  readonly id: Uuid;
  readonly paymentId: Uuid;
  readonly amount: Money;
  readonly reason: string;
  readonly state: RefundState;
  readonly providerReference: string | null;
  /** null: somebody gave it at the provider. */
  readonly requestedBy: string | null;
  readonly createdAt: string;
}

/** A card that the provider keeps. */
export interface PaymentMethodView {
  readonly id: Uuid;
  readonly accountId: Uuid;
  readonly provider: string;
  readonly brand: string;
  readonly last4: string;
  readonly expiryYear: number;
  readonly expiryMonth: number;
  readonly createdAt: string;
}

export interface PaymentMethodSetup {
  readonly provider: string;
  readonly clientAction: ClientAction;
}

export interface PaymentWithAction {
  readonly payment: PaymentView;
  /** What the driver is to do, where something is. */
  readonly clientAction: ClientAction | null;
}

export interface PaymentFilter {
  readonly accountId?: Uuid | undefined;
  readonly state?: PaymentState | undefined;
  readonly purpose?: PaymentPurpose | undefined;
  readonly intentId?: Uuid | undefined;
  readonly cdrId?: Uuid | undefined;
}

/** Payments as operators see them. All of it throws Unavailable `database.unavailable`. */
export interface PaymentsPort {
  /** Newest first. @throws InvalidArgument `list.bad_cursor`, `list.bad_limit` */
  list(scope: AccessScope, filter: PaymentFilter, page: PageRequest): Promise<Page<PaymentView>>;
  /** @throws NotFound `payment.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<PaymentView>;
  /** Newest first. @throws NotFound `payment.not_found` */
  listRefunds(scope: AccessScope, id: Uuid, page: PageRequest): Promise<Page<RefundView>>;
  /**
   * Gives money back; all of what is left of it without an `amount`. The refund may still be pending.
   *
   * @throws NotFound `payment.not_found`; InvalidArgument `money.bad_amount`, `payment.bad_amount`, `payment.other_currency`; FailedPrecondition `payment.not_captured`,
   *   `payment.refund_too_large`, `payment.off`, `ledger.insufficient_funds` (the wallet that was topped up holds less)
   */
  refund(
    scope: AccessScope,
    id: Uuid,
    request: { readonly amount?: Money | undefined; readonly reason: string; readonly requestedBy: string },
  ): Promise<RefundView>;
  /** Newest first. @throws as of the accounts, where the account is not seen */
  listMethods(scope: AccessScope, accountId: Uuid, page: PageRequest): Promise<Page<PaymentMethodView>>;
  /**
   * Begins to save a card: the driver's app gives it to the provider with the secret, we hear of it afterwards.
   *
   * @throws FailedPrecondition `payment.off`; Unavailable `payment.provider_unavailable`
   */
  setUpMethod(scope: AccessScope, accountId: Uuid): Promise<PaymentMethodSetup>;
  /**
   * Charges a saved card and puts the money into the wallet. A decline is a state, and so is an answer that was lost.
   *
   * @throws NotFound `payment.method_not_found`; InvalidArgument `money.bad_amount`, `payment.bad_amount`, `payment.other_currency`;
   *   FailedPrecondition `payment.off`
   */
  topUpByCard(
    scope: AccessScope,
    accountId: Uuid,
    request: { readonly amount: Money; readonly paymentMethodId: Uuid },
  ): Promise<PaymentWithAction>;
}
