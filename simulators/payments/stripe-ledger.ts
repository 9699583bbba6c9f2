import { randomBytes } from 'node:crypto';
import { type Form, formOf, textOf, textsOf } from './form-body.ts';
import {
  cardOf,
  type FakeBalanceTransaction,
  type FakeCharge,
  type FakeCustomer,
  type FakePaymentIntent,
  type FakePaymentMethod,
  type FakeRefund,
  type FakeSetupIntent,
} from './stripe-objects.ts';
import { invalidRequest, missing, StripeRefusal } from './stripe-refusal.ts';
import { TEST_CARDS, type TestCard } from './test-cards.ts';

const MAX_OBJECTS = 100_000;
const MAX_AMOUNT = 99_999_999;

export interface StripeLedgerOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly feeOf: (amount: number) => number;
  /** Whether a charge tells its fee at once. */
  readonly settlesAtOnce: boolean;
  readonly onEvent: (type: string, object: object) => void;
}

/** What the fake knows: customers, cards and money, with Stripe's rules. Nothing here knows of HTTP. */
export class StripeLedger {
  readonly intents = new Map<string, FakePaymentIntent>();
  readonly refunds = new Map<string, FakeRefund>();
  readonly balance: FakeBalanceTransaction[] = [];
  readonly #customers = new Map<string, FakeCustomer>();
  readonly #methods = new Map<string, FakePaymentMethod & { readonly behaviour: TestCard }>();
  readonly #setups = new Map<string, FakeSetupIntent>();
  readonly #charges = new Map<string, FakeCharge>();
  readonly #options: StripeLedgerOptions;

  constructor(options: StripeLedgerOptions) {
    this.#options = options;
  }

  createCustomer(form: Form): FakeCustomer {
    const customer: FakeCustomer = {
      id: newId('cus'),
      object: 'customer',
      created: this.#seconds(),
      metadata: metadataOf(form),
    };
    return put(this.#customers, customer);
  }

  createSetup(form: Form): FakeSetupIntent {
    const customer = this.#customer(textOf(form, 'customer'));
    const id = newId('seti');
    return put(this.#setups, {
      id,
      object: 'setup_intent',
      client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
      created: this.#seconds(),
      customer: customer.id,
      payment_method: null,
      status: 'requires_payment_method',
    });
  }

  /** What the driver's app does with the client secret: the card goes to Stripe and nowhere else. */
  confirmSetup(id: string, clientSecret: string | undefined, card: string | undefined): FakeSetupIntent {
    const setup = required(this.#setups.get(id), 'setup_intent');
    const behaviour = TEST_CARDS[card ?? ''];
    if (setup.client_secret !== clientSecret) throw missing('setup_intent');
    if (behaviour === undefined) throw missing('payment_method');
    if (setup.status === 'succeeded')
      throw invalidRequest('setup_intent_unexpected_state', 'It has succeeded already.');
    const method = {
      id: newId('pm'),
      object: 'payment_method',
      type: 'card',
      created: this.#seconds(),
      customer: setup.customer,
      card: cardOf(behaviour),
    } as const;
    put(this.#methods, { ...method, behaviour });
    setup.payment_method = method.id;
    setup.status = 'succeeded';
    this.#tell('payment_method.attached', method);
    this.#tell('setup_intent.succeeded', setup);
    return setup;
  }

  methodsOf(customerId: string): FakePaymentMethod[] {
    this.#customer(customerId);
    return [...this.#methods.values()]
      .filter(({ customer }) => customer === customerId)
      .map(({ behaviour: _, ...method }) => method);
  }

  createIntent(form: Form): FakePaymentIntent {
    const amount = amountOf(form, 'amount');
    const currency = textOf(form, 'currency') ?? '';
    if (!/^[a-z]{3}$/.test(currency)) throw invalidRequest('parameter_invalid', 'Invalid currency');
    const customer = this.#customer(textOf(form, 'customer'));
    const method = required(this.#methods.get(textOf(form, 'payment_method') ?? ''), 'payment_method');
    if (method.customer !== customer.id)
      throw invalidRequest('payment_method_unexpected_state', 'Of another customer.');
    if (textOf(form, 'confirm') !== 'true')
      throw invalidRequest('parameter_missing', 'The fake confirms at once only.');
    const id = newId('pi');
    const intent: FakePaymentIntent = put(this.intents, {
      id,
      object: 'payment_intent',
      client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
      created: this.#seconds(),
      currency,
      customer: customer.id,
      capture_method: textOf(form, 'capture_method') === 'manual' ? 'manual' : 'automatic',
      description: textOf(form, 'description') ?? null,
      metadata: metadataOf(form),
      payment_method: method.id,
      amount,
      amount_capturable: 0,
      amount_received: 0,
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      status: 'requires_payment_method',
    });
    this.#tell('payment_intent.created', intent);
    const isAway = textOf(form, 'off_session') === 'true';
    if (method.behaviour.needsAction === true && !isAway) {
      intent.status = 'requires_action';
      intent.next_action = { type: 'use_stripe_sdk' };
      this.#tell('payment_intent.requires_action', intent);
      return intent;
    }
    const code = method.behaviour.needsAction === true ? 'authentication_required' : method.behaviour.declineCode;
    if (code !== undefined) throw this.#decline(intent, code);
    this.#approve(intent);
    return intent;
  }

  /** What the driver does at the bank. */
  finishAction(id: string, outcome: 'confirmed' | 'refused'): FakePaymentIntent {
    const intent = this.intent(id);
    if (intent.status !== 'requires_action') throw unexpectedState(intent);
    intent.next_action = null;
    if (outcome === 'confirmed') this.#approve(intent);
    else this.#decline(intent, 'authentication_required');
    return intent;
  }

  increment(id: string, form: Form): FakePaymentIntent {
    const intent = this.intent(id);
    const amount = amountOf(form, 'amount');
    if (intent.status !== 'requires_capture') throw unexpectedState(intent);
    if (amount <= intent.amount) throw invalidRequest('amount_too_small', 'The amount must be above what is held.');
    if (this.#methods.get(intent.payment_method)?.behaviour.canIncrease !== true) {
      throw invalidRequest('payment_intent_invalid_parameter', 'This card does not support incremental authorization.');
    }
    intent.amount = amount;
    intent.amount_capturable = amount;
    this.#tell('payment_intent.amount_capturable_updated', intent);
    return intent;
  }

  capture(id: string, form: Form): FakePaymentIntent {
    const intent = this.intent(id);
    if (intent.status !== 'requires_capture') throw unexpectedState(intent);
    const amount = form.amount_to_capture === undefined ? intent.amount : amountOf(form, 'amount_to_capture');
    if (amount > intent.amount_capturable) throw invalidRequest('amount_too_large', 'More than what is held.');
    this.#take(intent, amount);
    return intent;
  }

  cancel(id: string): FakePaymentIntent {
    const intent = this.intent(id);
    if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent);
    intent.status = 'canceled';
    intent.amount_capturable = 0;
    this.#tell('payment_intent.canceled', intent);
    return intent;
  }

  refund(form: Form, status: FakeRefund['status'] = 'succeeded'): FakeRefund {
    const intent = this.intent(textOf(form, 'payment_intent') ?? '');
    const charge = this.#charges.get(intent.latest_charge ?? '');
    if (charge === undefined || !charge.captured) throw unexpectedState(intent);
    const left = charge.amount_captured - charge.amount_refunded;
    if (left === 0) throw invalidRequest('charge_already_refunded', 'It has been refunded already.');
    const amount = form.amount === undefined ? left : amountOf(form, 'amount');
    if (amount > left) throw invalidRequest('amount_too_large', 'More than what is left.');
    charge.amount_refunded += amount;
    const refund: FakeRefund = put(this.refunds, {
      id: newId('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      charge: charge.id,
      payment_intent: intent.id,
      created: this.#seconds(),
      metadata: metadataOf(form),
      status,
    });
    this.#book('refund', -amount, 0, intent.currency);
    this.#tell('refund.created', refund);
    this.#tell('charge.refunded', charge);
    return refund;
  }

  /** The bank sends a refund back. */
  failRefund(id: string): FakeRefund {
    const refund = required(this.refunds.get(id), 'refund');
    if (refund.status === 'failed') return refund;
    refund.status = 'failed';
    const charge = this.#charges.get(refund.charge);
    if (charge !== undefined) charge.amount_refunded -= refund.amount;
    this.#book('refund', refund.amount, 0, refund.currency);
    this.#tell('refund.failed', refund);
    return refund;
  }

  /** Tells the fees of charges that have none yet. */
  settle(): void {
    for (const charge of this.#charges.values()) {
      if (charge.captured && charge.balance_transaction === null) this.#settle(charge);
    }
  }

  intent(id: string): FakePaymentIntent {
    return required(this.intents.get(id), 'payment_intent');
  }

  /** A PaymentIntent as an answer shows it, with its charge and the charge's fee where those are asked for. */
  shown(intent: FakePaymentIntent, form: Form): object {
    const charge = this.#charges.get(intent.latest_charge ?? '');
    const expand = textsOf(form, 'expand');
    if (charge === undefined || !expand.some((path) => path.startsWith('latest_charge'))) return { ...intent };
    const entry = this.balance.find(({ id }) => id === charge.balance_transaction);
    const isWhole = expand.includes('latest_charge.balance_transaction') && entry !== undefined;
    return { ...intent, latest_charge: { ...charge, ...(isWhole ? { balance_transaction: entry } : {}) } };
  }

  /** Newest first. */
  intentsOf(customer: string, since: number): FakePaymentIntent[] {
    return [...this.intents.values()]
      .filter((intent) => intent.customer === customer && intent.created >= since)
      .reverse();
  }

  #approve(intent: FakePaymentIntent): void {
    const charge: FakeCharge = put(this.#charges, {
      id: newId('ch'),
      object: 'charge',
      payment_intent: intent.id,
      amount: intent.amount,
      currency: intent.currency,
      amount_captured: 0,
      amount_refunded: 0,
      captured: false,
      balance_transaction: null,
    });
    intent.latest_charge = charge.id;
    if (intent.capture_method === 'automatic') {
      this.#take(intent, intent.amount);
      return;
    }
    intent.status = 'requires_capture';
    intent.amount_capturable = intent.amount;
    this.#tell('payment_intent.amount_capturable_updated', intent);
  }

  #take(intent: FakePaymentIntent, amount: number): void {
    const charge = required(this.#charges.get(intent.latest_charge ?? ''), 'charge');
    intent.status = 'succeeded';
    intent.amount_capturable = 0;
    intent.amount_received = amount;
    charge.captured = true;
    charge.amount_captured = amount;
    this.#tell('payment_intent.succeeded', intent);
    if (this.#options.settlesAtOnce) this.#settle(charge);
  }

  #settle(charge: FakeCharge): void {
    const { amount_captured: amount, currency } = charge;
    charge.balance_transaction = this.#book('charge', amount, this.#options.feeOf(amount), currency);
    this.#tell('charge.updated', charge);
  }

  #book(type: FakeBalanceTransaction['type'], amount: number, fee: number, currency: string): string {
    const id = newId('txn');
    const created = this.#seconds();
    this.balance.push({ id, object: 'balance_transaction', type, amount, fee, net: amount - fee, currency, created });
    return id;
  }

  #decline(intent: FakePaymentIntent, code: string): StripeRefusal {
    const isUnconfirmed = code === 'authentication_required';
    const error = {
      type: 'card_error',
      code: isUnconfirmed ? code : 'card_declined',
      decline_code: code,
      message: 'Your card was declined.',
    } as const;
    intent.status = 'requires_payment_method';
    intent.last_payment_error = error;
    this.#tell('payment_intent.payment_failed', intent);
    const { type: _, code: shownCode, message, ...more } = error;
    return new StripeRefusal(402, 'card_error', shownCode, message, { ...more, payment_intent: { ...intent } });
  }

  #customer(id: string | undefined): FakeCustomer {
    return required(this.#customers.get(id ?? ''), 'customer');
  }

  #tell(type: string, object: object): void {
    this.#options.onEvent(type, structuredClone(object));
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

function put<T extends { readonly id: string }>(things: Map<string, T>, thing: NoInfer<T>): T {
  if (things.size >= MAX_OBJECTS) throw new StripeRefusal(429, 'rate_limit_error', undefined, 'The fake is full.');
  things.set(thing.id, thing);
  return thing;
}

function required<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw missing(what);
  return thing;
}

function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

function metadataOf(form: Form): Record<string, string> {
  const texts = Object.entries(formOf(form, 'metadata')).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}

function amountOf(form: Form, name: string): number {
  const text = textOf(form, name) ?? '';
  const amount = Number(text);
  if (!/^\d{1,8}$/.test(text) || amount < 1 || amount > MAX_AMOUNT) {
    throw invalidRequest('parameter_invalid_integer', `Invalid integer: ${text}`, { param: name });
  }
  return amount;
}

function unexpectedState(intent: FakePaymentIntent): StripeRefusal {
  const text = `This PaymentIntent could not be changed because it has a status of ${intent.status}.`;
  return invalidRequest('payment_intent_unexpected_state', text, { payment_intent: { ...intent } });
}
