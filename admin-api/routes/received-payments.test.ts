import assert from 'node:assert/strict';
import type { ReceivedPaymentView } from '@voltpile/billing/contract/received-payments';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const RECEIVED = '/api/v1/received-payments';
const PAYMENT = {
  amount: { amount: '12.34', currency: 'EUR' },
  method: 'bank-transfer',
  reference: 'Statement 17, line 3',
  receivedOn: '2026-05-01',
};

describe('received payments', () => {
  let api: TestApi;
  let book: string;
  let accountId: string;
  beforeEach(async () => {
    api = await startTestApi();
    const facts = { kind: 'company', name: 'Fleet', currency: 'EUR', paymentMode: 'postpaid' };
    accountId = ((await api.call('POST', '/api/v1/accounts', { body: facts })).body as { id: string }).id;
    book = `/api/v1/accounts/${accountId}/received-payments`;
  });
  afterEach(() => api[Symbol.asyncDispose]());

  type Booked = { readonly payment: ReceivedPaymentView };
  const audited = async () =>
    ((await api.call('GET', '/api/v1/audit-log')).body as { items: { action: string; objectId: string }[] }).items;

  it('are booked once for a key, however often the request comes, and audited', async () => {
    const request = { body: PAYMENT, headers: { 'Idempotency-Key': 'one' } };
    const first = await api.call('POST', book, request);
    const { payment } = first.body as Booked;
    assert.deepEqual([first.status, first.headers.get('Location')], [201, `${RECEIVED}/${payment.id}`]);
    assert.deepEqual((await api.call('GET', `${RECEIVED}/${payment.id}`)).body, payment);
    assert.equal(payment.reference, PAYMENT.reference);
    assert.ok(payment.recordedBy.includes('@'));
    // Where the answer is not kept any more, the payment still knows its key.
    await api.database.pool.query('delete from identity.idempotency_keys');
    const late = await api.call('POST', book, request);
    assert.deepEqual([late.status, (late.body as Booked).payment.id], [200, payment.id]);
    assert.deepEqual(
      (await audited()).slice(0, 2).map(({ action, objectId }) => [action, objectId]),
      Array(2).fill(['received-payment.book', accountId]),
    );
  });

  it('are taken back with a reason, and listed', async () => {
    const { payment } = (await api.call('POST', book, { body: PAYMENT })).body as Booked;
    assert.equal((await api.call('POST', `${RECEIVED}/${payment.id}/reversal`, { body: {} })).status, 400);
    const { status, body } = await api.call('POST', `${RECEIVED}/${payment.id}/reversal`, {
      body: { reason: 'Of another customer' },
    });
    assert.deepEqual([status, (body as Booked).payment.reversal?.reason], [200, 'Of another customer']);
    assert.deepEqual((await audited())[0]?.action, 'received-payment.reverse');
    const list = await api.call('GET', `${RECEIVED}?accountId=${accountId}&state=reversed`);
    assert.deepEqual(list.body, { items: [(body as Booked).payment], nextCursor: null });
    assert.deepEqual(api.ports.fakeAccounts.lastFilter, { accountId, state: 'reversed' });
    assert.equal((await api.call('POST', `${RECEIVED}/${uuidv7()}/reversal`, { body: { reason: 'x' } })).status, 404);
    assert.equal((await api.call('GET', `${RECEIVED}?state=lost`)).status, 400);
  });

  it('are refused when they make no sense', async () => {
    for (const bad of [
      { amount: '12.34' },
      { amount: { amount: '12.34', currency: 'XXQ' } },
      { method: 'promise' },
      { reference: ' ' },
      { reference: 'x'.repeat(201) },
      { receivedOn: '2026-02-30' },
      { receivedOn: '2026-05-01T00:00:00Z' },
      { keepCredit: 'yes' },
      { more: 1 },
    ]) {
      const { status } = await api.call('POST', book, { body: { ...PAYMENT, ...bad } });
      assert.equal(status, 400, JSON.stringify(bad));
    }
    const nobody = `/api/v1/accounts/${uuidv7()}/received-payments`;
    assert.equal((await api.call('POST', nobody, { body: PAYMENT })).status, 404);
  });

  it('are nothing to those without the permission', async () => {
    const { payment } = (await api.call('POST', book, { body: PAYMENT })).body as Booked;
    const token = await api.loginAs({ role: 'monitoring' });
    for (const [method, path, body] of [
      ['GET', RECEIVED, undefined],
      ['GET', `${RECEIVED}/${payment.id}`, undefined],
      ['POST', book, PAYMENT],
      ['POST', `${RECEIVED}/${payment.id}/reversal`, { reason: 'x' }],
    ] as const) {
      assert.equal((await api.call(method, path, { body, token })).status, 403, path);
    }
  });
});
