import type { Clock } from '@voltpile/kernel/clock';
import Stripe from 'stripe';
import type {
  NewProviderPayment,
  PaymentProvider,
  ProviderMethod,
  ProviderPayment,
  ProviderRefund,
} from '../payment-provider.ts';
import { badNotification, badSignature } from '../payment-provider.ts';
import { maxStripeMinor, payableByStripe, toStripeAmount } from './stripe-amount.ts';
import { toProviderError } from './stripe-errors.ts';
import { fromEvent } from './stripe-notification.ts';
import { fromPaymentIntent, fromPaymentMethod, fromRefund, PAYMENT_ID, REFUND_ID } from './stripe-status.ts';

export interface StripeSettings {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** null: Stripe itself; otherwise where something that speaks its API is. */
  readonly apiUrl: string | null;
  /** How long a request may take. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 8000;
/** What a notification may be old: an older one is a copy that somebody has kept. */
const TOLERANCE_SECONDS = 300;
const DAY_MS = 86_400_000;
/** How far Stripe's clock may be off ours. */
const CLOCK_SKEW_SECONDS = 600;
/** Payments of one customer that are looked through for one whose first answer was lost. */
const MOST_SEARCHED = 500;
const MOST_LISTED = 100;
/** The charge tells the fee. */
const EXPANDED = ['latest_charge.balance_transaction'];

/**
 * Stripe by its own library. Payments are PaymentIntents on saved cards; those for charges are captured by hand. Every PaymentIntent and refund
 * carries our id, so that one whose answer was lost is found again. The library repeats nothing by itself: we know better what may be repeated.
 */
export function createStripeProvider(settings: StripeSettings, clock: Clock): PaymentProvider {
  const stripe = new Stripe(settings.secretKey, {
    ...addressOf(settings.apiUrl),
    timeout: settings.timeoutMs ?? TIMEOUT_MS,
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: 'voltpile' },
  });

  const begin = async (request: NewProviderPayment, isHeld: boolean): Promise<ProviderPayment> => {
    const amount = toStripeAmount(request.amountMinor, request.currency);
    return orDeclined(() =>
      stripe.paymentIntents.create(
        {
          amount,
          currency: request.currency.toLowerCase(),
          customer: request.customerRef,
          payment_method: request.methodRef,
          allowed_payment_method_types: ['card'],
          confirm: true,
          off_session: !request.isDriverPresent,
          capture_method: isHeld ? 'manual' : 'automatic',
          ...(isHeld
            ? { payment_method_options: { card: { request_incremental_authorization: 'if_available' } } }
            : {}),
          description: request.description,
          metadata: { [PAYMENT_ID]: request.paymentId },
          expand: EXPANDED,
        },
        { idempotencyKey: request.idempotencyKey },
      ),
    );
  };

  return {
    name: 'stripe',
    capabilities: {
      authorize: true,
      incremental: true,
      maxCaptureAboveAuthorizedPercent: 0,
      savedMethods: true,
      idempotencyKeyMs: DAY_MS,
    },
    authorize: (request) => begin(request, true),
    charge: (request) => begin(request, false),
    async increase({ providerRef, amountMinor, currency, idempotencyKey }) {
      const amount = toStripeAmount(amountMinor, currency);
      try {
        const intent = await stripe.paymentIntents.incrementAuthorization(
          providerRef,
          { amount, expand: EXPANDED },
          { idempotencyKey },
        );
        return { kind: 'increased', payment: fromPaymentIntent(intent) };
      } catch (error) {
        // Banks and kinds of cards that cannot do it are told as bad requests.
        const isRefusal =
          error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError;
        if (isRefusal && error.statusCode !== 409)
          return { kind: 'declined', code: error.decline_code ?? error.code ?? 'unknown' };
        throw toProviderError(error);
      }
    },
    async capture({ providerRef, amountMinor, currency, idempotencyKey }) {
      const amount = toStripeAmount(amountMinor, currency);
      return withProviderErrors(async () =>
        fromPaymentIntent(
          await stripe.paymentIntents.capture(
            providerRef,
            { amount_to_capture: amount, expand: EXPANDED },
            { idempotencyKey },
          ),
        ),
      );
    },
    cancel: ({ providerRef, idempotencyKey }) =>
      withProviderErrors(async () =>
        fromPaymentIntent(await stripe.paymentIntents.cancel(providerRef, {}, { idempotencyKey })),
      ),
    async refund({ providerRef, refundId, amountMinor, currency, idempotencyKey }) {
      const amount = toStripeAmount(amountMinor, currency);
      return withProviderErrors(async () =>
        fromRefund(
          await stripe.refunds.create(
            { payment_intent: providerRef, amount, metadata: { [REFUND_ID]: refundId } },
            { idempotencyKey },
          ),
        ),
      );
    },
    readStatus: ({ paymentId, providerRef, customerRef, createdAt }) =>
      withProviderErrors(async () => {
        const ref = providerRef ?? (await findIntent(stripe, paymentId, customerRef, createdAt));
        if (ref === undefined) return undefined;
        const intent = await orMissing(() => stripe.paymentIntents.retrieve(ref, { expand: EXPANDED }));
        if (intent === undefined) return undefined;
        const refunds = intent.status === 'succeeded' ? await listRefunds(stripe, ref) : [];
        return fromPaymentIntent(intent, refunds);
      }),
    readNotification(rawBody, headers) {
      const { webhookSecret } = settings;
      const signature = headers['stripe-signature'] ?? '';
      let event: Stripe.Event;
      try {
        event = stripe.webhooks.constructEvent(
          rawBody,
          signature,
          webhookSecret,
          TOLERANCE_SECONDS,
          undefined,
          clock.now(),
        );
      } catch (error) {
        // The library's error holds the whole notification, which must not get into the log.
        if (error instanceof Stripe.errors.StripeSignatureVerificationError) throw badSignature();
        throw badNotification();
      }
      try {
        return fromEvent(event);
      } catch (error) {
        throw badNotification({}, error);
      }
    },
    createCustomer: ({ accountId, idempotencyKey }) =>
      withProviderErrors(async () => {
        const { id } = await stripe.customers.create(
          { metadata: { voltpile_account_id: accountId } },
          { idempotencyKey },
        );
        return { customerRef: id };
      }),
    setUpMethod: ({ customerRef, idempotencyKey }) =>
      withProviderErrors(async () => {
        const setup = await stripe.setupIntents.create(
          { customer: customerRef, usage: 'off_session', allowed_payment_method_types: ['card'] },
          { idempotencyKey },
        );
        if (setup.client_secret === null) throw badNotification();
        return { kind: 'client-secret', clientSecret: setup.client_secret };
      }),
    listMethods: (customerRef) =>
      withProviderErrors(async () => {
        const found = await stripe.customers.listPaymentMethods(customerRef, { type: 'card', limit: MOST_LISTED });
        return found.data.map(fromPaymentMethod).filter((method): method is ProviderMethod => method !== undefined);
      }),
    payablePart: payableByStripe,
    maxAmountMinor: maxStripeMinor,
  };
}

/** A payment whose first answer was lost, by the id that it carries. (The search would do, but is a minute behind.) */
async function findIntent(
  stripe: Stripe,
  paymentId: string,
  customer: string,
  createdAt: number,
): Promise<string | undefined> {
  const gte = Math.floor(createdAt / 1000) - CLOCK_SKEW_SECONDS;
  let searched = 0;
  for await (const intent of stripe.paymentIntents.list({ customer, created: { gte }, limit: MOST_LISTED })) {
    if (intent.metadata[PAYMENT_ID] === paymentId) return intent.id;
    if (++searched >= MOST_SEARCHED) return undefined;
  }
  return undefined;
}

async function listRefunds(stripe: Stripe, intent: string): Promise<ProviderRefund[]> {
  const { data } = await stripe.refunds.list({ payment_intent: intent, limit: MOST_LISTED });
  return data.map(fromRefund);
}

/** A declined card is no error of ours: the PaymentIntent is there, and says so. */
async function orDeclined(ask: () => Promise<Stripe.PaymentIntent>): Promise<ProviderPayment> {
  try {
    return fromPaymentIntent(await ask());
  } catch (error) {
    const intent = error instanceof Stripe.errors.StripeCardError ? error.payment_intent : undefined;
    if (intent === undefined) throw toProviderError(error);
    return fromPaymentIntent(intent as Stripe.PaymentIntent);
  }
}

async function orMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

async function withProviderErrors<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toProviderError(error);
  }
}

function addressOf(apiUrl: string | null): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  if (apiUrl === null) return {};
  const { protocol, hostname, port } = new URL(apiUrl);
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' };
}
