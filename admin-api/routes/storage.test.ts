import assert from 'node:assert/strict';
import type { DatabaseSizeView } from '@voltpile/platform/storage/storage-port';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('storage', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api[Symbol.asyncDispose]());

  it('is told once for services that share a database, as far as they can be asked', async () => {
    const table = { schema: 'csms', name: 'samples', bytes: 5, rows: 1, bytesAWeekAgo: 4, bytesAMonthAgo: null };
    const size = (database: string): DatabaseSizeView => ({ database, bytes: 10, tables: [table] });
    const { storage } = api.ports;
    storage.csms.size = async () => size('db:5432/voltpile');
    storage.operations.size = async () => size('db:5432/voltpile');
    storage.billing.size = async () => size('books:5432/books');
    const { body } = await api.call('GET', '/api/v1/storage');
    const seen = () =>
      (body as { items: { database: string; services: string[] }[] }).items.map(({ services }) => services);
    assert.deepEqual(seen(), [['csms', 'operations'], ['billing']]);
    storage.billing.size = async () => {
      throw new Error('away');
    };
    const partly = await api.call('GET', '/api/v1/storage');
    assert.deepEqual((partly.body as { unavailable: string[] }).unavailable, ['billing']);
    const token = await api.loginAs({ role: 'monitoring', scope: { kind: 'everything' } });
    assert.equal((await api.call('GET', '/api/v1/storage', { token })).status, 403);
  });
});
