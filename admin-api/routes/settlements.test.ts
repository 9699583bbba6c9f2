import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('records and settlements of charges', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it('are listed and read', async () => {
    const { cdr, settlement } = api.ports.fakeSettlement.add('settled');
    const { transactionId } = settlement;
    const filter = { transactionId, stationId: 'CP1', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    const records = await api.call('GET', `/api/v1/cdrs?${new URLSearchParams(filter)}`);
    assert.deepEqual([records.status, records.body], [200, { items: [cdr], nextCursor: null }]);
    assert.deepEqual(api.ports.fakeSettlement.seen.cdrFilter, filter);
    assert.deepEqual((await api.call('GET', `/api/v1/cdrs/${cdr.id}`)).body, cdr);
    const list = await api.call('GET', '/api/v1/settlements?state=settled&stationId=CP1');
    assert.deepEqual(list.body, { items: [settlement], nextCursor: null });
    assert.deepEqual(api.ports.fakeSettlement.seen.settlementFilter, { state: 'settled', stationId: 'CP1' });
    const one = await api.call('GET', `/api/v1/transactions/${transactionId}/settlement`);
    assert.deepEqual(one.body, settlement);
    for (const path of [`cdrs/${uuidv7()}`, `transactions/${uuidv7()}/settlement`]) {
      assert.equal((await api.call('GET', `/api/v1/${path}`)).status, 404);
    }
    assert.equal((await api.call('GET', '/api/v1/settlements?state=lost')).status, 400);
  });

  it('are priced under another tariff', async () => {
    const { cdr } = api.ports.fakeSettlement.add('settled');
    const tariff = { currency: 'EUR', elements: [{ price_components: [{ type: 'FLAT', price: '1', step_size: 1 }] }] };
    const priced = await api.call('POST', `/api/v1/cdrs/${cdr.id}/what-if`, { body: { tariff } });
    assert.deepEqual([priced.status, (priced.body as typeof cdr).inclVat.amount], [200, '1.00']);
    assert.equal((await api.call('POST', `/api/v1/cdrs/${cdr.id}/what-if`, { body: {} })).status, 400);
  });

  it('are decided about by name, and audited', async () => {
    const { settlement } = api.ports.fakeSettlement.add('held');
    const path = `/api/v1/transactions/${settlement.transactionId}/settlement/decisions`;
    const body = { decision: 'correct', energyWh: 4000.5, reason: 'display says 4' };
    const decided = await api.call('POST', path, { body });
    assert.deepEqual(
      [decided.status, (decided.body as { settlement: object }).settlement],
      [200, { ...settlement, state: 'settled' }],
    );
    const { decidedBy, ...decision } = api.ports.fakeSettlement.seen.decision as { decidedBy: string };
    // What nobody says to have seen is what was there when the request came.
    assert.deepEqual(decision, { ...body, version: 'v1' });
    assert.match(decidedBy, /@/);
    const { items } = (await api.call('GET', '/api/v1/audit-log')).body as { items: Record<string, unknown>[] };
    const [entry] = items;
    assert.deepEqual([entry?.action, entry?.objectId], ['settlement.decide', settlement.transactionId]);
    const confirmed = { ...body, energyWh: 100_000_000, confirmUnlikely: true };
    assert.equal((await api.call('POST', path, { body: confirmed })).status, 200);
    assert.equal((api.ports.fakeSettlement.seen.decision as { confirmUnlikely: boolean }).confirmUnlikely, true);
    const [newest] = ((await api.call('GET', '/api/v1/audit-log')).body as { items: { after: object }[] }).items;
    assert.deepEqual(newest?.after, { ...confirmed, cdrId: settlement.cdrId, confirmedAboveWh: null });
    const stale = await api.call('POST', path, { body: { ...body, version: 'v0' } });
    assert.deepEqual([stale.status, (stale.body as { code: string }).code], [409, 'settlement.changed']);
    assert.equal((await api.call('POST', path, { body: { ...body, version: 'v1' } })).status, 200);
    for (const bad of [
      { ...body, version: '' },
      { decision: 'accept' },
      { decision: 'accept', reason: '' },
      { decision: 'correct', reason: 'x' },
      { ...body, confirmUnlikely: 'yes' },
      { decision: 'accept', confirmUnlikely: true, reason: 'x' },
      { decision: 'correct', energyWh: -1, reason: 'x' },
      { decision: 'correct', energyWh: 0.0001, reason: 'x' },
      { decision: 'forget', reason: 'x' },
    ]) {
      assert.equal((await api.call('POST', path, { body: bad })).status, 400, JSON.stringify(bad));
    }
    const pending = api.ports.fakeSettlement.add('pending').settlement.transactionId;
    const early = await api.call('POST', path.replace(settlement.transactionId, pending), { body });
    assert.equal(early.status, 409);
  });
});
