import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('deliveries of tariffs', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it('are listed and read', async () => {
    const delivery = api.ports.fakeDeliveries.add('P1', 'confirmed');
    const list = await api.call('GET', '/api/v1/tariff-deliveries?state=confirmed&stationId=P1');
    assert.deepEqual([list.status, list.body], [200, { items: [delivery], nextCursor: null }]);
    assert.deepEqual(api.ports.fakeDeliveries.seen.filter, { state: 'confirmed', stationId: 'P1' });
    assert.deepEqual((await api.call('GET', '/api/v1/stations/P1/tariff-delivery')).body, delivery);
    assert.equal((await api.call('GET', '/api/v1/stations/P2/tariff-delivery')).status, 404);
    assert.equal((await api.call('GET', '/api/v1/tariff-deliveries?state=lost')).status, 400);
  });

  it('are made once more, and audited', async () => {
    api.ports.fakeDeliveries.add('P1', 'refused');
    api.ports.fakeDeliveries.add('P2', 'unsupported');
    const sent = await api.call('POST', '/api/v1/stations/P1/tariff-delivery');
    assert.deepEqual([sent.status, (sent.body as { state: string }).state], [202, 'wanted']);
    const { items } = (await api.call('GET', '/api/v1/audit-log')).body as { items: Record<string, unknown>[] };
    assert.deepEqual([items[0]?.action, items[0]?.objectId], ['tariff-delivery.send', 'P1']);
    assert.equal((await api.call('POST', '/api/v1/stations/P2/tariff-delivery')).status, 409);
    assert.equal((await api.call('POST', '/api/v1/stations/P3/tariff-delivery')).status, 404);
  });
});
