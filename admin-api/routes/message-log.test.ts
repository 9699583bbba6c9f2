import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { LoggedMessageView } from '@voltpile/operations/contract/message-log';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('the message log', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP-1' } });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function message(more: Partial<LoggedMessageView> = {}): LoggedMessageView {
    return {
      id: uuidv7(),
      stationId: 'CP-1',
      organizationId: api.ports.organizationId,
      siteId: api.ports.siteId,
      protocol: 'ocpp2.0.1',
      direction: 'from-station',
      action: 'Heartbeat',
      messageId: 'm',
      outcome: 'result',
      errorCode: null,
      requestedAt: '2026-05-01T00:00:00.000Z',
      latencyMs: 3,
      request: '[2,"m","Heartbeat",{}]',
      response: '[3,"m",{}]',
      requestBytes: 22,
      responseBytes: 10,
      truncated: false,
      oddities: [],
      ...more,
    };
  }

  const lines = (body: unknown): Record<string, unknown>[] =>
    String(body)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('is listed within the scope of the caller', async () => {
    api.ports.loggedMessages.push(message(), message({ organizationId: uuidv7(), siteId: uuidv7() }));
    const own = { kind: 'organizations', organizationIds: [api.ports.organizationId] };
    const token = await api.loginAs({ role: 'monitoring', scope: own });
    const seen = await api.call('GET', '/api/v1/message-log', { token });
    assert.equal((seen.body as { items: unknown[] }).items.length, 1);
    const all = await api.call('GET', '/api/v1/message-log?stationId=CP-1&outcome=result&limit=1');
    assert.notEqual((all.body as { nextCursor: string | null }).nextCursor, null);
    assert.equal((await api.call('GET', '/api/v1/message-log?outcome=unheard')).status, 400);
  });

  it('is exported as lines, page after page, and says where it stopped', async () => {
    for (let index = 0; index < 450; index++) api.ports.loggedMessages.push(message({ messageId: `${index}` }));
    const whole = await api.call('GET', '/api/v1/message-log/export');
    assert.match(whole.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    assert.deepEqual(
      lines(whole.body).map(({ messageId }) => messageId),
      Array.from({ length: 450 }, (_, index) => `${index}`),
    );
    const part = lines((await api.call('GET', '/api/v1/message-log/export?limit=300')).body);
    assert.equal(part.length, 301);
    const rest = await api.call('GET', `/api/v1/message-log/export?cursor=${part.at(-1)?.nextCursor}`);
    assert.deepEqual(
      lines(rest.body).map(({ messageId }) => messageId),
      Array.from({ length: 150 }, (_, index) => `${index + 300}`),
    );
  });

  it('answers an export that cannot begin with a problem document', async () => {
    const bad = await api.call('GET', '/api/v1/message-log/export?cursor=nonsense');
    assert.equal(bad.status, 400);
    assert.equal((await api.call('GET', '/api/v1/message-log/export?limit=100001')).status, 400);
  });

  it('waits for a slow reader, and stops when it is gone', async () => {
    const request64 = 'x'.repeat(65_536);
    for (let index = 0; index < 2000; index++) api.ports.loggedMessages.push(message({ request: request64 }));
    let pages = 0;
    const { list } = api.ports.messageLog;
    api.ports.messageLog.list = (...question: Parameters<typeof list>) => {
      pages += 1;
      return list(...question);
    };
    const { port, hostname } = new URL(api.url);
    const asked = request({
      port,
      hostname,
      path: '/api/v1/message-log/export',
      headers: { Authorization: `Bearer ${await api.login()}` },
    });
    asked.end();
    const [response] = await once(asked, 'response');
    // Takes the first bytes and then no more: what is between here and there fills up.
    await once(response, 'readable');
    const before = pages;
    assert.ok(before < 10, `${before} pages of 10 for a reader that takes nothing`);
    response.destroy();
    asked.destroy();
    await once(asked, 'close');
    assert.ok(pages <= before + 2);
  });

  it('has a level for each station, which whoever configures stations may set', async () => {
    const path = '/api/v1/stations/CP-1/message-log';
    const level = async () => ((await api.call('GET', path)).body as { level: string }).level;
    assert.equal(await level(), 'errors');
    const reader = await api.loginAs({ role: 'monitoring', scope: { kind: 'everything' } });
    assert.equal((await api.call('GET', path, { token: reader })).status, 200);
    assert.equal((await api.call('PATCH', path, { token: reader, body: { level: 'all' } })).status, 403);
    assert.equal((await api.call('PATCH', path, { body: { level: 'all' } })).status, 200);
    assert.equal(await level(), 'all');
    assert.equal((await api.call('PATCH', path, { body: { level: 'some' } })).status, 400);
    assert.equal((await api.call('PATCH', path, { body: { level: null } })).status, 200);
    assert.equal(await level(), 'errors');
    const elsewhere = await api.loginAs({ role: 'monitoring', scope: { kind: 'sites', siteIds: [] } });
    assert.equal((await api.call('GET', path, { token: elsewhere })).status, 404);
    const audit = await api.call('GET', '/api/v1/audit-log');
    const actions = (audit.body as { items: { action: string }[] }).items.map(({ action }) => action);
    assert.equal(actions.filter((action) => action === 'station.message-log').length, 2);
  });
});
