import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { badTrustedProxies } from './http/app.ts';
import { cannotListen, weakSecret } from './service.ts';
import { startTestApi } from './testing/test-api.ts';

describe('admin API service', () => {
  it('makes the first administrator with a password that logs in, by the real hasher', async () => {
    await using api = await startTestApi({ firstAdministrator: {}, passwordHasher: undefined });
    assert.ok(api.administrator.kind === 'created' && api.administrator.password !== null);
    assert.ok(await api.login(api.administrator.email, api.administrator.password));
  });

  it('leaves an existing administrator alone and says that the given password is not used', async () => {
    await using api = await startTestApi();
    await using again = await startTestApi({
      knex: api.database.knex,
      firstAdministrator: { email: 'admin@example.com', password: 'something else' },
    });
    assert.deepEqual(again.administrator, { kind: 'exists', ignoredPassword: true });
    assert.ok(again.log.some(({ level, text }) => level === 'warn' && text.includes('is not used')));
    assert.doesNotMatch(JSON.stringify(again.log), /something else/);
    assert.ok(await again.login());
  });

  it('refuses a weak secret, a wrong proxy list and a port in use with clear errors', async () => {
    await assert.rejects(startTestApi({ secret: Buffer.alloc(31) }), weakSecret.is);
    await assert.rejects(startTestApi({ trustedProxies: ['not an address'] }), badTrustedProxies.is);
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await assert.rejects(startTestApi({ port }), (error) => cannotListen.is(error) && /EADDRINUSE/.test(error.message));
    other.close();
  });

  it('gives an address that can be reached also when it listens everywhere', async () => {
    await using api = await startTestApi({ host: '0.0.0.0' });
    assert.match(api.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    await using six = await startTestApi({ host: '::1' });
    assert.match(six.url, /^http:\/\/\[::1\]:\d+$/);
    assert.equal((await six.call('GET', '/healthz', { token: null })).status, 200);
  });

  it('lets a running request finish when it stops, and lets go of idle connections', async () => {
    await using api = await startTestApi();
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const find = api.ports.stations.get;
    api.ports.stations.get = async (...given) => {
      reached.resolve();
      await gate.promise;
      return find(...given);
    };
    const running = api.call('GET', '/api/v1/stations/CP1');
    await reached.promise;
    const startedAt = performance.now();
    const stopped = api.api.stop(10_000);
    await assert.rejects(fetch(`${api.url}/healthz`));
    gate.resolve();
    assert.equal((await running).status, 200);
    await stopped;
    assert.ok(performance.now() - startedAt < 5000);
  });

  it('cuts a request that takes longer than the deadline of the stop', async () => {
    await using api = await startTestApi();
    const reached = Promise.withResolvers<void>();
    api.ports.stations.get = () => {
      reached.resolve();
      return new Promise(() => {});
    };
    const token = await api.login();
    const running = fetch(`${api.url}/api/v1/stations/CP1`, { headers: { Authorization: `Bearer ${token}` } });
    const failed = assert.rejects(running);
    await reached.promise;
    await api.api.stop(50);
    await failed;
  });

  it('can be stopped twice, and before it has started', async () => {
    await using api = await startTestApi();
    await api.api.stop(100);
    await api.api.stop(100);
  });
});
