import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { InstanceWork } from '@voltpile/platform/registry/instances';
import type { MembershipEvent } from '@voltpile/platform/registry/service-history';
import { FakePlatform } from '../testing/fake-platform.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const IDENTITY = {
  node: 'a',
  host: 'host',
  pid: 7,
  version: '1.0.0',
  startedAt: '2026-04-30T23:00:00.000Z',
  zone: null,
} as const;
const HTTP = 'http://127.0.0.1:8090';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('services', () => {
  let api: TestApi;
  let platform: FakePlatform;
  beforeEach(async () => {
    platform = new FakePlatform();
    api = await startTestApi({ platform });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it('are listed with their instances, and those that nobody serves too', async () => {
    platform.instances.push({ ...IDENTITY, http: HTTP, service: 'csms', id: 'i', methods: [] });
    const { body } = await api.call('GET', '/api/v1/services');
    const { items, nextCursor } = body as {
      items: { name: string; state: string; instances: { uptimeSeconds: number }[] }[];
      nextCursor: null;
    };
    assert.equal(nextCursor, null);
    assert.deepEqual(
      items.map(({ name, state, instances }) => [name, state, instances.map(({ uptimeSeconds }) => uptimeSeconds)]),
      [
        ['station-gateway', 'down', []],
        ['csms', 'up', [3600]],
        ['billing', 'down', []],
        ['operations', 'down', []],
        ['admin-api', 'down', []],
      ],
    );
    assert.ok(!('methods' in (items[1] as object)));
  });

  it('are shown one by one, with methods, callers and queues', async () => {
    const stats = {
      calls: 3,
      perSecond: 0.05,
      failures: 1,
      failuresPerSecond: 0.017,
      p50Ms: 1.5,
      p99Ms: 9,
      lastErrors: [{ at: '2026-05-01T00:00:00.000Z', code: 'internal', message: 'Something went wrong on our side.' }],
    };
    const methods: InstanceWork['methods'] = [
      { port: 'funds', version: 1, method: 'reserve', stats },
      { port: 'funds', version: 1, method: 'release', stats: null },
    ];
    platform.instances.push({ ...IDENTITY, http: HTTP, service: 'billing', id: 'i', methods });
    platform.reports.push({
      node: 'c',
      host: 'elsewhere',
      roles: ['csms'],
      calls: [
        {
          service: 'billing',
          port: 'funds',
          method: 'reserve',
          node: null,
          breaker: 'open',
          running: 1,
          waiting: 2,
          recent: { calls: 30, failures: 25, rejected: 5, p50Ms: 1, p99Ms: 2 },
        },
      ],
      queues: [{ service: 'billing', name: 'calls-in-hand', depth: 4 }],
    });
    const { status, body } = await api.call('GET', '/api/v1/services/billing');
    const shown = body as { state: string; methods: unknown[]; callers: { breaker: string }[]; queues: unknown[] };
    assert.equal(status, 200);
    assert.deepEqual(
      [shown.state, shown.methods.length, shown.callers[0]?.breaker, shown.queues],
      ['degraded', 2, 'open', [{ node: 'c', host: 'elsewhere', name: 'calls-in-hand', depth: 4 }]],
    );
    assert.equal((await api.call('GET', '/api/v1/services/nonsense')).status, 404);
  });

  it('have a history', async () => {
    const event = (kind: MembershipEvent['kind'], node: string): MembershipEvent => ({
      ...IDENTITY,
      id: uuidv7(),
      at: '2026-05-01T00:00:00.000Z',
      lastSeenAt: '2026-05-01T00:00:00.000Z',
      service: 'csms',
      kind,
      node,
    });
    platform.events.push(event('vanished', 'a'), event('appeared', 'b'), event('appeared', 'a'));
    const kinds = async (query: string) =>
      ((await api.call('GET', `/api/v1/services/history${query}`)).body as { items: MembershipEvent[] }).items.map(
        ({ kind }) => kind,
      );
    assert.deepEqual(await kinds(''), ['vanished', 'appeared', 'appeared']);
    assert.deepEqual(await kinds('?node=a&limit=1'), ['vanished']);
    assert.deepEqual(await kinds('?service=billing'), []);
    assert.equal((await api.call('GET', '/api/v1/services/history?kind=x')).status, 400);
  });

  it('are for those who look after the platform as a whole', async () => {
    const monitoring = await api.loginAs({ role: 'monitoring', scope: { kind: 'everything' } });
    const narrow = await api.loginAs({
      role: 'administrator',
      scope: { kind: 'organizations', organizationIds: [api.ports.organizationId] },
    });
    for (const path of ['/services', '/services/csms', '/services/history']) {
      assert.equal((await api.call('GET', `/api/v1${path}`, { token: monitoring })).status, 403);
      assert.equal((await api.call('GET', `/api/v1${path}`, { token: narrow })).status, 403);
    }
  });

  it('that cannot be asked are not taken for gone', async () => {
    platform.isAway = true;
    assert.equal((await api.call('GET', '/api/v1/services')).status, 503);
    assert.equal((await api.call('GET', '/api/v1/services/history')).status, 200);
  });
});
