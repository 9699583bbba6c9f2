import assert from 'node:assert/strict';
import type { PaymentView } from '@voltpile/billing/contract/payments';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi } from '../testing/test-api.ts';

describe('the API of payments', () => {
  it('lists payments and gives money back once for a key', async () => {
    await using api = await startTestApi();
    const payment = api.ports.fakePayments.add();
    api.ports.fakePayments.add({
      state: 'declined',
      decline: { reason: 'insufficient-funds', code: 'insufficient_funds' },
    });
    const list = await api.call('GET', '/api/v1/payments?state=captured');
    assert.deepEqual((list.body as { items: PaymentView[] }).items, [payment]);
    assert.equal((await api.call('GET', '/api/v1/payments?state=stolen')).status, 400);
    assert.equal((await api.call('GET', `/api/v1/payments/${payment.id}`)).status, 200);
    assert.equal((await api.call('GET', `/api/v1/payments/${uuidv7()}`)).status, 404);

    const path = `/api/v1/payments/${payment.id}/refunds`;
    const eur = (amount: string) => ({ amount, currency: 'EUR' });
    const refund = { body: { amount: eur('5.00'), reason: 'Goodwill' }, headers: { 'Idempotency-Key': 'one' } };
    const first = await api.call('POST', path, refund);
    assert.equal(first.status, 201);
    assert.deepEqual((await api.call('POST', path, refund)).body, first.body);
    assert.equal(((await api.call('GET', path)).body as { items: [] }).items.length, 1);
    assert.equal((await api.call('POST', path, { body: { amount: eur('50'), reason: 'Too much' } })).status, 409);
    for (const body of [
      {},
      { reason: '' },
      { reason: 'x', amount: eur('-1') },
      { reason: 'x', amount: '5.00' },
      { reason: 'x', amount: { amount: 5, currency: 'EUR' } },
      { reason: 'x', amount: { amount: '5.00' } },
      { reason: 'x', more: 1 },
    ]) {
      assert.equal((await api.call('POST', path, { body })).status, 400, JSON.stringify(body));
    }
    const bare = await api.call('POST', path, { body: { reason: 'x', amount: '5.00' } });
    const { errors } = bare.body as { errors: object[] };
    assert.deepEqual(errors, [{ path: 'amount', message: 'must be money: {"amount": "12.34", "currency": "EUR"}' }]);
  });

  it('begins to save a card and tops up by it; secrets are not in the audit log', async () => {
    await using api = await startTestApi();
    const accountId = uuidv7();
    const setup = await api.call('POST', `/api/v1/accounts/${accountId}/payment-methods/setup`);
    assert.equal(setup.status, 201);
    assert.equal((await api.call('GET', `/api/v1/accounts/${accountId}/payment-methods`)).status, 200);
    const topUp = await api.call('POST', `/api/v1/accounts/${accountId}/wallet/card-top-ups`, {
      body: { amount: { amount: '20.00', currency: 'EUR' }, paymentMethodId: uuidv7() },
    });
    assert.equal(topUp.status, 201);
    const { payment } = topUp.body as { payment: PaymentView };
    assert.equal(topUp.headers.get('Location'), `/api/v1/payments/${payment.id}`);
    for (const amount of [{ amount: '20.00', currency: 'XXQ' }, { amount: '-20.00', currency: 'EUR' }, '20.00']) {
      const body = { amount, paymentMethodId: uuidv7() };
      const bad = await api.call('POST', `/api/v1/accounts/${accountId}/wallet/card-top-ups`, { body });
      assert.equal(bad.status, 400, JSON.stringify(amount));
    }
    const log = await api.call('GET', '/api/v1/audit-log');
    const text = JSON.stringify(log.body);
    assert.match(text, /account\.card-top-up/);
    assert.doesNotMatch(text, /_secret_/);
  });

  it('asks for permissions: finance may, the control room may not', async () => {
    await using api = await startTestApi();
    const payment = api.ports.fakePayments.add();
    const token = await api.loginAs({ role: 'monitoring' });
    assert.equal((await api.call('GET', '/api/v1/payments', { token })).status, 403);
    const refund = { token, body: { reason: 'x' } };
    assert.equal((await api.call('POST', `/api/v1/payments/${payment.id}/refunds`, refund)).status, 403);
    assert.equal((await api.call('POST', `/api/v1/accounts/${uuidv7()}/payment-methods/setup`, { token })).status, 403);
  });
});
