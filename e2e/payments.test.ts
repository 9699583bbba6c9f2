import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentView } from '@voltpile/billing/contract/payments';
import type { LedgerAccountRef } from '@voltpile/billing/ledger/entry';
import { createLedger } from '@voltpile/billing/ledger/ledger';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import type { Payments } from '@voltpile/billing/payment/payments';
import { createPaymentRoom, type PaymentRoom } from '@voltpile/billing/payment/service';
import { createStripeProvider } from '@voltpile/billing/payment/stripe/stripe-provider';
import { captureForCharge } from '@voltpile/billing/payment/testing/carry-out';
import { addAccount, balanceOf, findingsOf } from '@voltpile/billing/payment/testing/payment-bench';
import { billingMigrations } from '@voltpile/billing/persistence/migrations';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import {
  FAKE_SECRET_KEY,
  FAKE_WEBHOOK_SECRET,
  FakeStripe,
  type FakeStripeOptions,
} from '@voltpile/simulators/payments/fake-stripe';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

const PAGE = { limit: 50 };

interface Shop extends AsyncDisposable {
  readonly stripe: FakeStripe;
  readonly room: PaymentRoom;
  readonly payments: Payments;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly accountId: Uuid;
  readonly organizationId: Uuid;
  readonly log: string[];
  /** The process dies at the next request of that sort. */
  kill(moment: 'before' | 'after', step: string): void;
  saveCard(card?: string): Promise<Uuid>;
  hold(paymentMethodId: Uuid, intentId: Uuid, amountMinor?: bigint): ReturnType<Payments['authorizeForIntent']>;
  sweep(minutes?: number): Promise<void>;
  view(id: Uuid): Promise<PaymentView>;
  books(ref: LedgerAccountRef | 'wallet' | 'receivable'): Promise<bigint>;
  /** The books are sound, and hold at the provider what the provider says. */
  balanced(): Promise<void>;
}

/** Payments with Stripe's own library on one side of a socket, and a provider of ours on the other. */
async function openShop(options: FakeStripeOptions = {}): Promise<Shop> {
  const database = await createTestDatabase({ migrations: [billingMigrations] });
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  const stripe = await FakeStripe.start({ now: () => clock.now(), retryMs: 20, ...options });
  const ledger = createLedger();
  const organizationId = uuidv7();
  const accountId = await addAccount(database.knex, organizationId);
  const log: string[] = [];
  const logger = createLogger({ level: 'trace', format: 'json', write: (line) => void log.push(line) });
  let deadly: string | undefined;
  const die = (moment: string) => (step: string) => {
    if (deadly !== `${moment} ${step}`) return;
    deadly = undefined;
    throw new Error('killed');
  };
  const settings = {
    secretKey: FAKE_SECRET_KEY,
    webhookSecret: FAKE_WEBHOOK_SECRET,
    apiUrl: stripe.url,
    timeoutMs: 400,
  };
  const room = createPaymentRoom({
    database: database.database,
    clock,
    logger,
    metrics: createMetrics(),
    ledger,
    accounts: { get: async (_scope, id) => ({ id, organizationId, currency: 'EUR' }) },
    provider: createStripeProvider(settings, clock),
    hooks: { beforeRequest: die('before'), afterRequest: die('after') },
  });
  const { payments, webhooks } = room;
  assert.ok(payments !== undefined && webhooks !== undefined);
  const server = createServer((request, response) => {
    request.url = request.url?.slice(WEBHOOKS_PATH.length) ?? '';
    void webhooks(request, response, { address: '127.0.0.1' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stripe.webhooks.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOKS_PATH}/stripe`;
  return {
    stripe,
    room,
    payments,
    database,
    clock,
    accountId,
    organizationId,
    log,
    kill(moment, step) {
      deadly = `${moment} ${step}`;
    },
    async saveCard(card = 'pm_card_visa') {
      const { clientAction } = await room.port.setUpMethod(EVERYTHING, accountId);
      assert.ok(clientAction.kind === 'client-secret');
      stripe.confirmSetup(clientAction.clientSecret, card);
      await stripe.webhooks.idle();
      const { items } = await room.port.listMethods(EVERYTHING, accountId, PAGE);
      return items[0]?.id ?? assert.fail('no card was saved');
    },
    hold: (paymentMethodId, intentId, amountMinor = 5000n) =>
      payments.authorizeForIntent({
        organizationId,
        accountId,
        intentId,
        amountMinor,
        currency: 'EUR',
        paymentMethodId,
      }),
    async sweep(minutes = 5) {
      clock.advance(minutes * 60_000);
      await room.jobs[0]?.run(new AbortController().signal);
    },
    view: (id) => room.port.get(EVERYTHING, id),
    books: (ref) => balanceOf(database.knex, organizationId, typeof ref === 'string' ? { kind: ref, accountId } : ref),
    async balanced() {
      const held = await balanceOf(database.knex, organizationId, { kind: 'provider', provider: 'stripe' });
      assert.equal(held, BigInt(stripe.balanceOf('EUR')));
      assert.deepEqual(await findingsOf(database.knex, clock), []);
    },
    async [Symbol.asyncDispose]() {
      await stripe.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.dispose();
    },
  };
}

/** Cents that the fake charges. */
const feeOf = (amount: number): bigint => BigInt(Math.round(amount * 0.015) + 25);

describe('payments by Stripe', () => {
  it('save a card, hold money, capture what the charge has cost, and book the fee', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    const [method] = (await shop.room.port.listMethods(EVERYTHING, shop.accountId, PAGE)).items;
    assert.deepEqual([method?.brand, method?.last4, method?.expiryYear], ['visa', '4242', 2034]);
    const intentId = uuidv7();
    const { payment } = await shop.hold(card, intentId);
    assert.equal(payment.state, 'authorized');
    const captured = await captureForCharge(shop, { intentId, cdrId: uuidv7(), amountMinor: 1810n });
    assert.equal(captured?.state, 'captured');
    await shop.stripe.webhooks.idle();
    const view = await shop.view(payment.id);
    assert.deepEqual(
      [view.amount, view.captured, view.fee, view.state],
      [
        { amount: '50.00', currency: 'EUR' },
        { amount: '18.10', currency: 'EUR' },
        { amount: '0.52', currency: 'EUR' },
        'captured',
      ],
    );
    assert.equal(await shop.books('receivable'), -1810n);
    assert.equal(await shop.books({ kind: 'fees' }), feeOf(1810));
    await shop.balanced();
    assert.equal(shop.stripe.carriedOut.filter(({ operation }) => operation === 'capture').length, 1);
  });

  it('tell a decline with its reason, and one that needs the driver', async () => {
    await using shop = await openShop();
    const poor = await shop.saveCard('pm_card_visa_chargeDeclinedInsufficientFunds');
    const declined = await shop.hold(poor, uuidv7());
    assert.equal(declined.payment.state, 'declined');
    assert.deepEqual(declined.payment.decline, { reason: 'insufficient-funds', code: 'insufficient_funds' });
    const careful = await shop.saveCard('pm_card_authenticationRequired');
    const away = await shop.hold(careful, uuidv7());
    assert.equal(away.payment.decline?.reason, 'authentication-required');

    const topUp = { amount: { amount: '20', currency: 'EUR' }, paymentMethodId: careful };
    const asked = await shop.room.port.topUpByCard(EVERYTHING, shop.accountId, topUp);
    assert.equal(asked.payment.state, 'needs-action');
    assert.equal(asked.clientAction?.kind, 'client-secret');
    shop.stripe.finishAction(asked.payment.providerReference ?? '', 'confirmed');
    await shop.stripe.webhooks.idle();
    assert.equal((await shop.view(asked.payment.id)).state, 'captured');
    assert.equal(await shop.books('wallet'), -2000n);

    const left = await shop.room.port.topUpByCard(EVERYTHING, shop.accountId, topUp);
    await shop.sweep(25 * 60);
    await shop.sweep();
    assert.equal((await shop.view(left.payment.id)).state, 'cancelled', 'nobody came back to it');
  });

  it('raise what is held where the card allows it, and capture what there is where not', async () => {
    await using shop = await openShop();
    for (const [card, expected] of [
      ['pm_card_visa', 6000n],
      ['pm_card_mastercard', 5000n],
    ] as const) {
      const method = await shop.saveCard(card);
      const intentId = uuidv7();
      await shop.hold(method, intentId);
      const captured = await captureForCharge(shop, { intentId, cdrId: uuidv7(), amountMinor: 6000n });
      assert.equal(captured?.capturedMinor, expected);
    }
  });

  it('find out what became of requests without an answer, and capture once', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    for (const kind of ['timeout-done', 'timeout-not-done'] as const) {
      // Notifications would tell; here they are lost.
      shop.stripe.webhooks.lose(1000);
      const intentId = uuidv7();
      shop.stripe.faults.add('create', 'timeout-done');
      assert.equal((await shop.hold(card, intentId)).payment.state, 'unknown');
      await shop.sweep();
      assert.equal((await shop.payments.findForIntent(intentId))?.state, 'authorized');
      shop.stripe.faults.add('capture', kind);
      const capture = { intentId, cdrId: uuidv7(), amountMinor: 1000n };
      assert.equal((await captureForCharge(shop, capture))?.state, 'capturing');
      await shop.sweep();
      assert.equal((await shop.payments.findForIntent(intentId))?.state, 'captured');
    }
    shop.stripe.faults.add('create', 'timeout-not-done');
    const never = uuidv7();
    await shop.hold(card, never);
    await shop.sweep(20);
    assert.equal((await shop.payments.findForIntent(never))?.state, 'failed');
    await shop.balanced();
    assert.equal(shop.stripe.carriedOut.filter(({ operation }) => operation === 'capture').length, 2);
  });

  it('go on after a process that was killed between request and commit', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    for (const moment of ['before', 'after'] as const) {
      shop.stripe.webhooks.lose(1000);
      const intentId = uuidv7();
      shop.kill(moment, 'authorize');
      await assert.rejects(shop.hold(card, intentId), /killed/);
      shop.clock.advance(5 * 60_000);
      assert.equal((await shop.hold(card, intentId)).payment.state, 'authorized');
      shop.kill(moment, 'capture');
      const capture = { intentId, cdrId: uuidv7(), amountMinor: 2500n };
      await assert.rejects(captureForCharge(shop, capture), /killed/);
      await shop.sweep();
      const payment = await shop.payments.findForIntent(intentId);
      assert.equal(payment?.state, 'captured');
      shop.kill(moment, 'refund');
      await assert.rejects(shop.payments.refund(payment.id, 500n, 'Goodwill', 'key'), /killed/);
      await shop.sweep();
      assert.equal((await shop.payments.refund(payment.id, 500n, 'Goodwill', 'key')).state, 'succeeded');
    }
    assert.equal(shop.stripe.intents.length, 2);
    assert.equal(shop.stripe.refunds.length, 2);
    await shop.balanced();
  });

  it('bear a provider that is away, busy, or in trouble', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    shop.stripe.faults.add('create', 'busy');
    assert.equal((await shop.hold(card, uuidv7())).payment.failure, 'provider-unavailable');
    shop.stripe.faults.add('create', 'error');
    assert.equal((await shop.hold(card, uuidv7())).payment.state, 'unknown');
    const intentId = uuidv7();
    await shop.hold(card, intentId);
    shop.stripe.faults.add('capture', 'busy');
    const capture = { intentId, cdrId: uuidv7(), amountMinor: 100n };
    assert.equal((await captureForCharge(shop, capture))?.state, 'capturing');
    await shop.sweep();
    assert.equal((await shop.payments.findForIntent(intentId))?.state, 'captured');
    await shop.stripe.stop();
    assert.equal((await shop.hold(card, uuidv7())).payment.state, 'failed');
  });

  it('take notifications twice, backwards, or not at all', async () => {
    await using shop = await openShop({ settlesAtOnce: false });
    const card = await shop.saveCard();
    shop.stripe.webhooks.hold();
    const intentId = uuidv7();
    shop.stripe.faults.add('create', 'timeout-done');
    shop.stripe.faults.add('capture', 'timeout-done');
    await shop.hold(card, intentId);
    await shop.sweep();
    await captureForCharge(shop, { intentId, cdrId: uuidv7(), amountMinor: 700n });
    await shop.stripe.webhooks.release((events) => [...events, ...events].reverse());
    const payment = await shop.payments.findForIntent(intentId);
    assert.equal(payment?.state, 'captured');
    assert.equal(payment?.feeMinor, null);
    shop.stripe.settle();
    await shop.stripe.webhooks.idle();
    await shop.sweep(0);
    assert.equal((await shop.payments.findForIntent(intentId))?.feeMinor, feeOf(700));
    const rows: { outcome: string }[] = await shop.database.knex.withSchema('billing').table('payment_events').select();
    assert.equal(rows.length, new Set(shop.stripe.webhooks.history.map(({ id }) => id)).size);
    await shop.balanced();
  });

  it('believe what the provider answers, and not what a notification says', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard('pm_card_visa_chargeDeclinedInsufficientFunds');
    const topUp = { amount: { amount: '20.00', currency: 'EUR' }, paymentMethodId: card };
    const { payment } = await shop.room.port.topUpByCard(EVERYTHING, shop.accountId, topUp);
    assert.equal(payment.state, 'declined');
    await shop.stripe.webhooks.idle();
    const real = shop.stripe.webhooks.history.find(({ type }) => type === 'payment_intent.payment_failed');
    assert.ok(real !== undefined);
    const lie = { ...real.data.object, status: 'succeeded', amount: 999_900, amount_received: 999_900 };
    const event = { ...real, id: 'evt_lie', type: 'payment_intent.succeeded', data: { object: lie } };
    assert.equal(await shop.stripe.webhooks.send(event), 200);
    assert.equal((await shop.view(payment.id)).state, 'declined');
    assert.equal(await shop.books('wallet'), 0n);
    await shop.balanced();
    const paid = await shop.room.port.topUpByCard(EVERYTHING, shop.accountId, {
      ...topUp,
      paymentMethodId: await shop.saveCard(),
    });
    const [check] = shop.room.outsideChecks;
    assert.deepEqual(await check?.ask(100), { problems: [], unanswered: null });
    // As somebody who may write to the database.
    await shop.database.pool.query(
      `update billing.payments set captured_minor = 999900, provider_checked_at = null where id = $1`,
      [paid.payment.id],
    );
    assert.deepEqual((await check?.ask(100))?.problems, [
      `payment ${paid.payment.id} is captured over 999900 minor units of EUR; the provider says 2000`,
    ]);
    const { webhooks } = shop.stripe;
    assert.equal(await webhooks.send({ id: 1 } as never), 400);
    assert.match(shop.log.join('\n'), /payment\.bad_notification/);
    assert.doesNotMatch(shop.log.join('\n'), /"code":"internal"/);
  });

  it('refuse notifications that are forged, changed, old, too large, or at another address', async () => {
    await using shop = await openShop();
    await shop.saveCard();
    const [event] = shop.stripe.webhooks.history;
    assert.ok(event !== undefined);
    const { webhooks } = shop.stripe;
    assert.equal(await webhooks.send(event, { secret: 'whsec_other' }), 400);
    assert.equal(await webhooks.send(event, { signedAt: shop.clock.now() - 301_000 }), 400);
    assert.equal(await webhooks.send(event), 200, 'the same again is nothing new');
    const post = (url: string, init: RequestInit) =>
      fetch(url, { method: 'POST', ...init }).then(({ status }) => status);
    const url = webhooks.url ?? '';
    assert.equal(await post(url, { body: '{}' }), 400);
    assert.equal(await post(url, { body: '', headers: { 'Stripe-Signature': 't=1,v1=00' } }), 400);
    assert.equal(await post(url, { body: 'x'.repeat(300_000) }).catch(() => 413), 413);
    assert.equal(await post(url.replace('stripe', 'paypal'), { body: '{}' }), 404);
    assert.equal(await post(url, { method: 'PUT', body: '{}' }), 405);
  });

  it('follow what happens at the provider by itself', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    const topUp = { amount: { amount: '20.00', currency: 'EUR' }, paymentMethodId: card };
    const { payment } = await shop.room.port.topUpByCard(EVERYTHING, shop.accountId, topUp);
    assert.equal(payment.state, 'captured');
    shop.stripe.refundByHand(payment.providerReference ?? '', 500);
    await shop.stripe.webhooks.idle();
    assert.equal(await shop.books('wallet'), -1500n);
    assert.deepEqual((await shop.view(payment.id)).refunded, { amount: '5.00', currency: 'EUR' });

    const own = await shop.room.port.refund(EVERYTHING, payment.id, {
      amount: { amount: '3', currency: 'EUR' },
      reason: 'Goodwill',
      requestedBy: 'someone@example.com',
    });
    assert.equal(own.state, 'succeeded');
    shop.stripe.failRefund(own.providerReference ?? '');
    await shop.stripe.webhooks.idle();
    assert.equal(await shop.books('wallet'), -1500n, 'the bank has sent it back');
    const { items } = await shop.room.port.listRefunds(EVERYTHING, payment.id, PAGE);
    assert.deepEqual(
      items.map(({ state, requestedBy }) => [state, requestedBy]),
      [
        ['failed', 'someone@example.com'],
        ['succeeded', null],
      ],
    );

    // The wallet is spent; then somebody gives more back than it holds.
    await shop.database.knex.transaction((trx) =>
      createLedger().post(trx, {
        organizationId: shop.organizationId,
        currency: 'EUR',
        kind: 'wallet-payment',
        idempotencyKey: 'spent',
        reference: { type: 'account', id: shop.accountId },
        at: shop.clock.now(),
        description: 'Spent',
        postings: [
          { account: { kind: 'wallet', accountId: shop.accountId }, debitMinor: 1000n },
          { account: { kind: 'revenue' }, debitMinor: -1000n },
        ],
      }),
    );
    shop.stripe.refundByHand(payment.providerReference ?? '', 1000);
    await shop.stripe.webhooks.idle();
    assert.equal(await shop.books('wallet'), -500n);
    assert.equal(await shop.books('receivable'), 1000n);

    const intentId = uuidv7();
    await shop.hold(card, intentId);
    const held = await shop.payments.findForIntent(intentId);
    shop.stripe.expire(held?.providerRef ?? '');
    await shop.stripe.webhooks.idle();
    assert.equal((await shop.payments.findForIntent(intentId))?.state, 'cancelled');
    await shop.balanced();
  });

  it('find a saved card of which nobody told', async () => {
    await using shop = await openShop();
    shop.stripe.webhooks.lose(1000);
    const { clientAction } = await shop.room.port.setUpMethod(EVERYTHING, shop.accountId);
    assert.ok(clientAction.kind === 'client-secret');
    shop.stripe.confirmSetup(clientAction.clientSecret, 'pm_card_visa');
    await shop.sweep(6);
    assert.equal((await shop.room.port.listMethods(EVERYTHING, shop.accountId, PAGE)).items.length, 1);
  });

  it('let nothing of keys, secrets and signatures into the log', async () => {
    await using shop = await openShop();
    const card = await shop.saveCard();
    for (const kind of ['error', 'busy', 'timeout-done'] as const) {
      shop.stripe.faults.add('create', kind);
      await shop.hold(card, uuidv7());
    }
    const [event] = shop.stripe.webhooks.history;
    if (event !== undefined) await shop.stripe.webhooks.send(event, { secret: 'whsec_other' });
    const text = shop.log.join('\n');
    assert.ok(shop.log.length > 0);
    assert.doesNotMatch(text, /sk_test|whsec|_secret_|v1=/);
  });
});

describe('payments through the whole server', () => {
  it('are off without keys: nothing listens, and nobody can pay', async () => {
    await using server = await startInProcess();
    const hook = await fetch(`${server.http}${WEBHOOKS_PATH}/stripe`, { method: 'POST', body: '{}' });
    assert.equal(hook.status, 404);
    const api = await server.login();
    const account = await api.post<{ id: Uuid }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR' });
    const setup = await api.request('POST', `/accounts/${account.id}/payment-methods/setup`);
    assert.deepEqual([setup.status, (setup.body as { code: string }).code], [409, 'payment.off']);
    assert.deepEqual((await api.get<{ items: [] }>('/payments')).items, []);
  });

  for (const ports of PORT_STYLES) {
    it(`fill a wallet from a saved card, and give the money back (ports: ${ports})`, async () => {
      await using stripe = await FakeStripe.start({ retryMs: 20 });
      const config = {
        stripeSecretKey: FAKE_SECRET_KEY,
        stripeWebhookSecret: FAKE_WEBHOOK_SECRET,
        stripeApiUrl: stripe.url,
      };
      await using server = await startInProcess({ ports, config });
      stripe.webhooks.url = `${server.http}${WEBHOOKS_PATH}/stripe`;
      const api = await server.login();
      const { id } = await api.post<{ id: Uuid }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR' });
      const setup = await api.post<{ clientAction: { clientSecret: string } }>(
        `/accounts/${id}/payment-methods/setup`,
        undefined,
      );
      stripe.confirmSetup(setup.clientAction.clientSecret, 'pm_card_visa');
      await stripe.webhooks.idle();
      const [method] = (await api.get<{ items: { id: Uuid; last4: string }[] }>(`/accounts/${id}/payment-methods`))
        .items;
      assert.equal(method?.last4, '4242');
      const eur = (amount: string) => ({ amount, currency: 'EUR' });
      const topUp = { amount: eur('20.00'), paymentMethodId: method.id };
      const { payment } = await api.post<{ payment: PaymentView }>(`/accounts/${id}/wallet/card-top-ups`, topUp);
      assert.equal(payment.state, 'captured');
      const wallet = () => api.get<{ available: unknown }>(`/accounts/${id}/wallet`);
      assert.deepEqual((await wallet()).available, { amount: '20.00', currency: 'EUR' });
      await api.post(`/payments/${payment.id}/refunds`, { amount: eur('7.50'), reason: 'Goodwill' });
      assert.deepEqual((await wallet()).available, { amount: '12.50', currency: 'EUR' });
      const yuan = { amount: '5.00', currency: 'CNY' };
      for (const [path, body] of [
        [`/accounts/${id}/wallet/card-top-ups`, { ...topUp, amount: yuan }],
        [`/payments/${payment.id}/refunds`, { amount: yuan, reason: 'Goodwill' }],
      ] as const) {
        const other = await api.request('POST', path, body);
        assert.equal((other.body as { code: string }).code, 'payment.other_currency');
      }
      const tooMuch = await api.request('POST', `/payments/${payment.id}/refunds`, {
        amount: eur('13'),
        reason: 'Too much',
      });
      assert.equal((tooMuch.body as { code: string }).code, 'payment.refund_too_large');
      await stripe.webhooks.idle();
      const proof = await api.post<{ findings: [] }>('/ledger/proofs', undefined);
      assert.deepEqual(proof.findings, []);
      assert.deepEqual(server.log, []);
    });
  }
});
