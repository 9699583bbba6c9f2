import assert from 'node:assert/strict';
import { FAKE_SECRET_KEY, FakeStripe } from './fake-stripe.ts';
import { readForm } from './form-body.ts';

/** Requests by hand: the library that the server uses is tried against the fake elsewhere. */
async function post(stripe: FakeStripe, path: string, form: Record<string, string>, key?: string) {
  const answer = await fetch(`${stripe.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${FAKE_SECRET_KEY}`, ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
    body: new URLSearchParams(form),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function saveCard(stripe: FakeStripe, card = 'pm_card_visa') {
  const customer = (await post(stripe, '/v1/customers', {})).body.id as string;
  const setup = (await post(stripe, '/v1/setup_intents', { customer })).body;
  const confirmed = await fetch(`${stripe.url}/v1/setup_intents/${setup.id}/confirm`, {
    method: 'POST',
    body: new URLSearchParams({ client_secret: String(setup.client_secret), payment_method: card }),
  });
  assert.equal(confirmed.status, 200);
  return { customer, payment_method: ((await confirmed.json()) as { payment_method: string }).payment_method };
}

describe('the fake of Stripe', () => {
  it('answers the same key with the same, and another request under it with an error', async () => {
    await using stripe = await FakeStripe.start();
    const form = { amount: '500', currency: 'eur', confirm: 'true', ...(await saveCard(stripe)) };
    const first = await post(stripe, '/v1/payment_intents', form, 'key');
    assert.equal(first.status, 200);
    assert.deepEqual(await post(stripe, '/v1/payment_intents', form, 'key'), first);
    const other = await post(stripe, '/v1/payment_intents', { ...form, amount: '501' }, 'key');
    assert.equal(other.status, 400);
    assert.equal((other.body.error as { type: string }).type, 'idempotency_error');
    assert.equal(stripe.intents.length, 1);
    assert.equal(stripe.balanceOf('EUR'), 500 - 33);
  });

  it('refuses strangers, what it does not know, and what does not fit the state', async () => {
    await using stripe = await FakeStripe.start();
    assert.equal((await fetch(`${stripe.url}/v1/customers`, { method: 'POST' })).status, 401);
    assert.equal((await post(stripe, '/v1/nothing', {})).status, 404);
    assert.equal((await post(stripe, '/v1/customers', { shoe_size: '43' })).status, 400);
    assert.equal((await post(stripe, '/v1/customers', { metadata: 'x'.repeat(70_000) })).status, 400);
    const begin = { amount: '500', currency: 'eur', confirm: 'true', capture_method: 'manual' };
    const { body } = await post(stripe, '/v1/payment_intents', { ...begin, ...(await saveCard(stripe)) });
    assert.equal(body.status, 'requires_capture');
    const capture = `/v1/payment_intents/${body.id}/capture`;
    assert.equal((await post(stripe, capture, { amount_to_capture: '501' })).status, 400);
    assert.equal((await post(stripe, capture, { amount_to_capture: '400' })).status, 200);
    const again = await post(stripe, capture, {});
    assert.equal((again.body.error as { code: string }).code, 'payment_intent_unexpected_state');
    const refund = { payment_intent: String(body.id), amount: '400' };
    assert.equal((await post(stripe, '/v1/refunds', refund)).status, 200);
    assert.equal((await post(stripe, '/v1/refunds', refund)).status, 400);
  });

  it('declines with a card error that holds the payment', async () => {
    await using stripe = await FakeStripe.start();
    const card = await saveCard(stripe, 'pm_card_chargeCustomerFail');
    const { status, body } = await post(stripe, '/v1/payment_intents', {
      amount: '500',
      currency: 'eur',
      confirm: 'true',
      ...card,
    });
    const error = body.error as { type: string; decline_code: string; payment_intent: { status: string } };
    assert.deepEqual(
      [status, error.type, error.decline_code, error.payment_intent.status],
      [402, 'card_error', 'generic_decline', 'requires_payment_method'],
    );
  });
});

describe('a form', () => {
  it('is read into names within names, within limits', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(readForm('a=1&b[c]=2&d[0]=x&d[1]=y'))), {
      a: '1',
      b: { c: '2' },
      d: { 0: 'x', 1: 'y' },
    });
    assert.equal(readForm('a[b=1'), undefined);
    assert.equal(readForm('a=1&a[b]=2'), undefined);
    assert.equal(readForm('a[b][c][d][e][f]=1'), undefined);
    assert.equal(readForm(Array.from({ length: 300 }, (_, index) => `f${index}=1`).join('&')), undefined);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    readForm('__proto__[polluted]=yes');
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
