import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { TestEventSource } from '../testing/event-source.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('server-sent events', () => {
  let api: TestApi;
  let token: string;
  const sources: TestEventSource[] = [];

  beforeEach(async () => {
    api = await startTestApi({ limits: { heartbeatMs: 60, sessionCheckMs: 30 } });
    token = await api.login();
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    await api[Symbol.asyncDispose]();
  });

  async function open(query = '', lastEventId?: string, as = token): Promise<TestEventSource> {
    const source = await TestEventSource.open(`${api.url}/api/v1/events${query}`, as, lastEventId);
    sources.push(source);
    return source;
  }

  it('tells what happens from now on, each event with its id and type', async () => {
    api.ports.emit('station.booted');
    const source = await open();
    assert.equal(source.headers.get('Content-Type'), 'text/event-stream; charset=utf-8');
    assert.match((await source.block()) ?? '', /^retry: 3000\n/);
    const event = api.ports.emit('transaction.started', { data: { energyWh: 1.5, note: 'two\nlines' } });
    assert.deepEqual(await source.next(), {
      id: event.id,
      event: 'transaction.started',
      data: {
        id: event.id,
        type: 'transaction.started',
        recordedAt: '2026-05-01T00:00:00.000Z',
        organizationId: api.ports.organizationId,
        siteId: api.ports.siteId,
        stationId: 'CP1',
        data: { energyWh: 1.5, note: 'two\nlines' },
      },
    });
  });

  it('goes on after the last event that was seen, by header or by parameter', async () => {
    for (let count = 0; count < 250; count += 1) api.ports.emit('transaction.metered', { data: { count } });
    const source = await open('', '10');
    for (let id = 11; id <= 250; id += 1) assert.equal((await source.next())?.id, String(id));
    assert.equal((await (await open('?lastEventId=249')).next())?.id, '250');
    assert.equal((await (await open('?lastEventId=3', '248')).next())?.id, '249', 'the header is the newer one');
  });

  it('says reset when the id is older than what is kept, then goes on', async () => {
    api.ports.forgottenUpTo = 100;
    const source = await open('', '7');
    assert.deepEqual(await source.next(), { id: '100', event: 'reset', data: { lastId: '100' } });
    api.ports.emit('station.booted');
    assert.equal((await source.next())?.id, '101');
  });

  it('filters by type and station, and moves the position over what is left out', async () => {
    const source = await open('?types=station.booted,command.finished&stationId=A%2FB', '0');
    api.ports.emit('station.booted', { stationId: 'CP1' });
    api.ports.emit('transaction.started', { stationId: 'A/B' });
    const wanted = api.ports.emit('command.finished', { stationId: 'A/B' });
    assert.equal((await source.next())?.id, wanted.id);
    const skipped = api.ports.emit('transaction.started', { stationId: 'A/B' });
    for (let block = await source.block(); !block?.includes('id: '); block = await source.block()) assert.ok(block);
    assert.match(source.text, new RegExp(`: heartbeat\nid: ${skipped.id}\n`));
  });

  it('shows nothing outside the scope', async () => {
    const limited = await api.loginAs({
      role: 'monitoring',
      scope: { kind: 'organizations', organizationIds: [api.ports.organizationId] },
    });
    const source = await open('', '0', limited);
    api.ports.emit('station.booted', { organizationId: 'somebody else’s' });
    const own = api.ports.emit('station.booted');
    assert.equal((await source.next())?.id, own.id);
  });

  it('gives a sign of life while nothing happens', async () => {
    const source = await open();
    await source.block();
    assert.equal(await source.block(), ': heartbeat\nid: 0');
    assert.equal(await source.block(), ': heartbeat');
  });

  it('ends with a word when the session is revoked', async () => {
    const source = await open();
    await api.call('POST', '/api/v1/auth/logout', { token });
    assert.deepEqual(await source.next(), { id: null, event: 'end', data: { reason: 'session-ended' } });
    assert.equal(await source.next(), null);
  });

  it('ends with a word when the token has expired', async () => {
    const source = await open();
    await source.block();
    api.clock.advance(600_000);
    assert.deepEqual((await source.next())?.data, { reason: 'token-expired' });
  });

  it('ends with a word when the user may see less or other things', async () => {
    const as = await api.loginAs({ role: 'monitoring' });
    const { id } = (await api.call('GET', '/api/v1/auth/me', { token: as })).body as { id: string };
    const source = await open('', undefined, as);
    const scope = { kind: 'sites', siteIds: [] };
    await api.call('PATCH', `/api/v1/users/${id}`, { body: { scope }, token });
    assert.deepEqual((await source.next())?.data, { reason: 'access-changed' });
  });

  it('goes on when the sessions cannot be looked up for a moment', async () => {
    const source = await open();
    await source.block();
    await api.database.knex.destroy();
    while (!api.log.some(({ text }) => text.includes('could not be checked'))) await source.block();
    api.database.knex.initialize();
    const event = api.ports.emit('station.booted');
    assert.equal((await source.next())?.id, event.id);
  });

  it('ends at once when the server stops', async () => {
    const source = await open();
    await source.block();
    const startedAt = performance.now();
    await api.api.stop(10_000);
    assert.ok(performance.now() - startedAt < 2000);
    assert.deepEqual((await source.next())?.data, { reason: 'shutdown' });
    assert.equal(await source.next(), null);
  });

  it('answers a problem document when events cannot be read, and cuts a running stream', async () => {
    const source = await open();
    await source.block();
    api.ports.gate = Promise.reject(new Error('away'));
    api.ports.gate.catch(() => {});
    const answer = await api.call('GET', '/api/v1/events', { token });
    assert.equal(answer.status, 500);
    api.ports.emit('station.booted');
    await assert.rejects(async () => {
      while ((await source.block()) !== null);
    });
    assert.ok(api.log.some(({ text }) => text === 'an event stream was cut off'));
  });

  it('is limited to ten streams a user', async () => {
    for (let count = 0; count < 10; count += 1) assert.equal((await open()).status, 200);
    const answer = await api.call('GET', '/api/v1/events', { token });
    assert.equal(answer.status, 429);
    assert.equal((answer.body as { code: string }).code, 'events.too_many_streams');
    const as = await api.loginAs({ role: 'monitoring' });
    assert.equal((await open('', undefined, as)).status, 200);
    sources[0]?.close();
    while ((await open()).status !== 200) await delay(5);
  });

  it('refuses wrong parameters and HEAD costs nothing', async () => {
    for (const query of ['?types=nothing.happened', '?lastEventId=abc', '?since=1']) {
      assert.equal((await api.call('GET', `/api/v1/events${query}`, { token })).status, 400, query);
    }
    const bad = await api.call('GET', '/api/v1/events', { token, headers: { 'Last-Event-ID': 'x' } });
    assert.equal(bad.status, 400);
    const head = await fetch(`${api.url}/api/v1/events`, {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(head.status, 200);
  });

  it('reads on only as fast as the client takes it', async () => {
    const filler = 'x'.repeat(20_000);
    for (let count = 0; count < 1500; count += 1) api.ports.emit('transaction.metered', { data: { filler } });
    let furthest = 0;
    const read = api.ports.events.read;
    api.ports.events.read = async (scope, afterId, limit) => {
      furthest = Math.max(furthest, Number(afterId));
      return read(scope, afterId, limit);
    };
    const request = get(`${api.url}/api/v1/events?lastEventId=0`, { headers: { Authorization: `Bearer ${token}` } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    // Until it stands still: the socket's buffers are full, and do not hold the 30 MB.
    for (let before = -1; before !== furthest; ) {
      before = furthest;
      await delay(200);
    }
    assert.ok(furthest < 1200, `read up to ${furthest} of 1500 for a client that takes nothing`);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= 1500 * 20_000) request.destroy();
    });
    const closed = new Promise((resolve) => response.on('close', resolve).on('error', () => {}));
    response.resume();
    await closed;
    assert.ok(furthest >= 1400);
  });
});
