import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { canonicalJson, IdempotencyKeys, outcomeUnknown } from './idempotency.ts';

const DAY = 86_400_000;

describe('Idempotency-Key', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;
  const post = (path: string, body: unknown, key: string, token?: string) =>
    api.call('POST', `/api/v1${path}`, {
      body,
      headers: { 'Idempotency-Key': key },
      ...(token === undefined ? {} : { token }),
    });
  const rows = () => api.database.knex.withSchema('identity').from('idempotency_keys').select('*');

  it('repeats the first answer, status, headers and password included, and does nothing twice', async () => {
    const first = await post('/stations', { id: 'CP1', lenient: true }, 'k1');
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('Idempotency-Replayed'), null);
    // The same JSON in another order.
    const second = await post('/stations', { lenient: true, id: 'CP1' }, 'k1');
    assert.equal(second.status, 201);
    assert.equal(second.headers.get('Idempotency-Replayed'), 'true');
    assert.equal(second.headers.get('Location'), '/api/v1/stations/CP1');
    assert.deepEqual(second.body, first.body);
    assert.equal(api.ports.stationRows.length, 1);
    const log = await api.call('GET', '/api/v1/audit-log?action=station.create');
    assert.equal((log.body as { items: object[] }).items.length, 1);
  });

  it('stores neither the answer nor the request in the clear', async () => {
    const { body } = await post('/stations', { id: 'CP1' }, 'k1');
    const { password } = body as { password: string };
    const [row] = await rows();
    for (const encoding of ['utf8', 'latin1'] as const) {
      assert.ok(!row.response.toString(encoding).includes(password));
      assert.ok(!row.response.toString(encoding).includes('CP1'));
    }
    assert.equal(row.request_hash.length, 32);
  });

  it('answers 422 to another request under the same key', async () => {
    await post('/stations', { id: 'CP1' }, 'k1');
    const body = await post('/stations', { id: 'CP2' }, 'k1');
    assert.deepEqual([body.status, code(body)], [422, 'idempotency.key_reused']);
    const path = await post('/organizations', { name: 'CP1' }, 'k1');
    assert.equal(path.status, 422);
    assert.equal(api.ports.stationRows.length, 1);
  });

  it('answers 409 while the first request is being carried out', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const submit = api.ports.commands.submit;
    api.ports.commands.submit = async (...given) => {
      reached.resolve();
      await gate.promise;
      return submit(...given);
    };
    const command = { action: 'reset-station', payload: { type: 'OnIdle' } };
    const first = post('/stations/CP1/commands', command, 'k1');
    await reached.promise;
    const second = await post('/stations/CP1/commands', command, 'k1');
    assert.deepEqual([second.status, code(second)], [409, 'idempotency.in_progress']);
    gate.resolve();
    assert.equal((await first).status, 202);
    assert.equal((await post('/stations/CP1/commands', command, 'k1')).status, 202);
    assert.equal(api.ports.commandRows.length, 1);
  });

  it('keeps refusals of the domain, and nothing of what is worth another try', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const refused = await post('/stations', { id: 'CP1' }, 'k1');
    assert.equal(refused.status, 409);
    api.ports.stationRows.length = 0;
    const replayed = await post('/stations', { id: 'CP1' }, 'k1');
    assert.deepEqual([replayed.status, replayed.headers.get('Idempotency-Replayed')], [409, 'true']);
    assert.equal(replayed.headers.get('Content-Type'), 'application/problem+json');

    const register = api.ports.stations.register;
    api.ports.stations.register = async () => {
      throw defineError('database.unavailable', 'Unavailable', 'Away.')();
    };
    assert.equal((await post('/stations', { id: 'CP3' }, 'k2')).status, 503);
    api.ports.stations.register = register;
    assert.equal((await post('/stations', { id: 'CP3' }, 'k2')).status, 201);
  });

  it('keeps a failure inside, which may have come after the deed', async () => {
    const register = api.ports.stations.register;
    api.ports.stations.register = async (...given) => {
      await register(...given);
      throw new TypeError('broken');
    };
    assert.equal((await post('/stations', { id: 'CP1' }, 'k1')).status, 500);
    const again = await post('/stations', { id: 'CP1' }, 'k1');
    assert.deepEqual([again.status, again.headers.get('Idempotency-Replayed')], [500, 'true']);
    assert.ok(api.log.some(({ level }) => level === 'error'));
  });

  it('never carries out twice what was cut off, but says that the outcome is unknown', async () => {
    const { items } = (await api.call('GET', '/api/v1/users')).body as { items: { id: string }[] };
    const keys = new IdempotencyKeys(api.database.knex, api.clock, Buffer.alloc(32, 7));
    const request = { method: 'POST', url: '/api/v1/stations', body: { id: 'CP1' } };
    assert.equal(await keys.begin(items[0]!.id, 'k1', request), undefined);
    api.clock.advance(60_000);
    const answer = await post('/stations', { id: 'CP1' }, 'k1');
    assert.deepEqual([answer.status, code(answer)], [409, 'idempotency.outcome_unknown']);
    assert.equal(api.ports.stationRows.length, 0);
  });

  it('forgets after 24 hours', async () => {
    await post('/stations', { id: 'CP1' }, 'k1');
    const keys = new IdempotencyKeys(api.database.knex, api.clock, Buffer.alloc(32, 7));
    assert.equal(await keys.purge(), 0);
    api.clock.advance(DAY);
    const token = await api.login();
    assert.equal((await post('/stations', { id: 'CP2' }, 'k1', token)).status, 201);
    assert.equal(await keys.purge(), 0);
    api.clock.advance(DAY);
    assert.equal(await keys.purge(), 1);
  });

  it('belongs to one user', async () => {
    const token = await api.loginAs({ role: 'administrator' });
    assert.equal((await post('/stations', { id: 'CP1' }, 'k1')).status, 201);
    assert.equal((await post('/stations', { id: 'CP2' }, 'k1', token)).status, 201);
  });

  it('is not taken by a request that is not valid or not allowed', async () => {
    assert.equal((await post('/stations', { id: '' }, 'k1')).status, 400);
    const monitoring = await api.loginAs({ role: 'monitoring' });
    assert.equal((await post('/stations', { id: 'CP1' }, 'k1', monitoring)).status, 403);
    assert.deepEqual(await rows(), []);
    assert.equal((await post('/stations', { id: 'CP1' }, 'k1')).status, 201);
  });

  it('must be visible ASCII of at most 255 characters', async () => {
    for (const key of ['x'.repeat(256), 'a b', 'é']) {
      const answer = await post('/stations', { id: 'CP1' }, key);
      assert.deepEqual([answer.status, code(answer)], [400, 'idempotency.bad_key'], key);
    }
  });

  it('cannot be opened under another server secret', async () => {
    await post('/stations', { id: 'CP1' }, 'k1');
    const [row] = await rows();
    const other = new IdempotencyKeys(api.database.knex, api.clock, Buffer.alloc(32, 8));
    const request = { method: 'POST', url: '/api/v1/stations', body: { id: 'CP1' } };
    await assert.rejects(other.begin(row.user_id, 'k1', request), /used for a different request/);
    await api.database.knex
      .withSchema('identity')
      .table('idempotency_keys')
      .update({ response: Buffer.alloc(64, 1) });
    const same = new IdempotencyKeys(api.database.knex, api.clock, Buffer.alloc(32, 7));
    await assert.rejects(same.begin(row.user_id, 'k1', request), outcomeUnknown.is);
  });

  it('compares requests by canonical JSON', () => {
    assert.equal(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
    assert.equal(canonicalJson(undefined), 'null');
  });
});
