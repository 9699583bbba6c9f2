import type { TestCard } from './test-cards.ts';

/** Things at the fake, as its answers show them. Amounts are in what Stripe counts. */
export interface FakeCustomer {
  readonly id: string;
  readonly object: 'customer';
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface FakePaymentMethod {
  readonly id: string;
  readonly object: 'payment_method';
  readonly type: 'card';
  readonly created: number;
  readonly customer: string;
  readonly card: {
    readonly brand: string;
    readonly display_brand: string;
    readonly last4: string;
    readonly exp_month: number;
    readonly exp_year: number;
  };
}

export interface FakeSetupIntent {
  readonly id: string;
  readonly object: 'setup_intent';
  readonly client_secret: string;
  readonly created: number;
  readonly customer: string;
  payment_method: string | null;
  status: 'requires_payment_method' | 'succeeded';
}

export interface FakeBalanceTransaction {
  readonly id: string;
  readonly object: 'balance_transaction';
  readonly type: 'charge' | 'refund';
  readonly amount: number;
  readonly fee: number;
  readonly net: number;
  readonly currency: string;
  readonly created: number;
}

export interface FakeCharge {
  readonly id: string;
  readonly object: 'charge';
  readonly payment_intent: string;
  readonly amount: number;
  readonly currency: string;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  /** The id; null as long as it is not settled. */
  balance_transaction: string | null;
}

export interface FakePaymentError {
  readonly type: 'card_error';
  readonly code: string;
  readonly decline_code: string;
  readonly message: string;
}

export interface FakePaymentIntent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly client_secret: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly capture_method: 'manual' | 'automatic';
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_method: string;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  latest_charge: string | null;
  last_payment_error: FakePaymentError | null;
  next_action: { readonly type: 'use_stripe_sdk' } | null;
  status: 'requires_payment_method' | 'requires_action' | 'requires_capture' | 'succeeded' | 'canceled';
}

export interface FakeRefund {
  readonly id: string;
  readonly object: 'refund';
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly payment_intent: string;
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'pending' | 'succeeded' | 'failed';
}

export interface FakeEvent {
  readonly id: string;
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly livemode: false;
  readonly type: string;
  readonly data: { readonly object: object };
}

export function cardOf(card: TestCard): FakePaymentMethod['card'] {
  return { brand: card.brand, display_brand: card.brand, last4: card.last4, exp_month: 12, exp_year: 2034 };
}
