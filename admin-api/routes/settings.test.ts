import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

interface Written {
  readonly version: { readonly version: number; readonly changedBy: string; readonly kind: string };
  readonly differences: readonly object[];
}

/** With the settings of the API itself. Every answer is checked against the OpenAPI document by the test API. */
describe('settings in the API', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const NAME = 'VOLTPILE_API_REQUESTS_PER_USER';
  const change = (expectedVersion: number, changes: Record<string, string | null>, token?: string) =>
    api.call('PATCH', '/api/v1/settings', {
      body: { expectedVersion, changes, reason: 'tried' },
      ...(token === undefined ? {} : { token }),
    });

  it('are listed with their layers, changed with a reason, and rolled back', async () => {
    const { status, body } = await change(0, { [NAME]: '6000' });
    assert.equal(status, 200);
    const { version, differences } = body as Written;
    assert.deepEqual([version.version, version.changedBy], [1, 'admin@example.com']);
    assert.deepEqual(differences, [{ name: NAME, before: null, after: '6000' }]);
    const { items } = (await api.call('GET', '/api/v1/settings')).body as {
      items: { name: string; value: string; source: string; layers: object }[];
    };
    const { value, source, layers } = items.find(({ name }) => name === NAME) ?? assert.fail();
    assert.deepEqual([value, source], ['6000', 'database']);
    assert.deepEqual(layers, { default: '5000', file: null, environment: null, database: '6000' });
    assert.equal((await change(0, { [NAME]: '7000' })).status, 409);
    const back = await api.call('POST', '/api/v1/settings/versions/0/rollback', {
      body: { expectedVersion: 1, reason: 'it was better' },
    });
    assert.deepEqual([back.status, (back.body as Written).version.kind], [201, 'rollback']);
    const history = (await api.call('GET', '/api/v1/settings/versions?limit=1')).body as {
      items: { version: number }[];
      nextCursor: string;
    };
    assert.deepEqual([history.items.map(({ version: one }) => one), typeof history.nextCursor], [[2], 'string']);
    assert.equal((await api.call('GET', '/api/v1/settings/versions/1')).status, 200);
    assert.equal((await api.call('GET', '/api/v1/settings/versions/3')).status, 404);
    const { status: found, body: none } = await api.call('GET', '/api/v1/settings/versions/0');
    const nobody = { changedAt: null, changedBy: null, reason: null, kind: null, rolledBackTo: null };
    assert.deepEqual([found, none], [200, { version: 0, ...nobody, texts: {} }]);
  });

  it('go out as text and come in again, with a look before', async () => {
    await change(0, { [NAME]: '6000' });
    const { headers, body } = await api.call('GET', '/api/v1/settings/export');
    assert.equal(headers.get('Content-Type'), 'application/yaml; charset=utf-8');
    const exported = body as string;
    assert.match(
      exported,
      /^# Settings of Voltpile\n# requests of one user .*\nVOLTPILE_API_REQUESTS_PER_USER: "6000"\n$/,
    );
    const text = `${NAME}: 7000`;
    const plan = await api.call('POST', '/api/v1/settings/import/plan', { body: { text } });
    assert.deepEqual(plan.body, { version: 1, differences: [{ name: NAME, before: '6000', after: '7000' }] });
    const done = await api.call('POST', '/api/v1/settings/import', {
      body: { text, expectedVersion: 1, reason: 'Git' },
    });
    assert.equal((done.body as Written).version.kind, 'import');
    const bad = await api.call('POST', '/api/v1/settings/import/plan', { body: { text: 'a\nb: c\n' } });
    assert.equal(bad.status, 400);
  });

  it('that are wrong, secret or the machine’s own are refused, and no secret is repeated anywhere', async () => {
    const wrong: Record<string, string>[] = [
      { [NAME]: '0' },
      { VOLTPILE_NONE: '1' },
      { VOLTPILE_HTTP_PORT: '1' },
      { VOLTPILE_ADMIN_PASSWORD: 'hunter2hunter2' },
      {},
    ];
    for (const changes of wrong) {
      const { status, body } = await change(0, changes);
      assert.equal(status, 400);
      assert.doesNotMatch(JSON.stringify(body), /hunter2/);
    }
    const noReason = await api.call('PATCH', '/api/v1/settings', {
      body: { expectedVersion: 0, changes: {}, reason: '' },
    });
    assert.equal(noReason.status, 400);
    assert.doesNotMatch(JSON.stringify([api.log, (await api.call('GET', '/api/v1/audit-log')).body]), /hunter2/);
  });

  it('are changed by administrators of everything, whose changes are in the audit log', async () => {
    const narrow = await api.loginAs({
      role: 'administrator',
      scope: { kind: 'organizations', organizationIds: [api.ports.organizationId] },
    });
    const monitoring = await api.loginAs({ role: 'monitoring', scope: { kind: 'everything' } });
    for (const token of [narrow, monitoring]) {
      assert.equal((await api.call('GET', '/api/v1/settings', { token })).status, 403);
      assert.equal((await change(0, { [NAME]: '6000' }, token)).status, 403);
    }
    await change(0, { [NAME]: '6000' });
    const { items } = (await api.call('GET', '/api/v1/audit-log?action=settings.change')).body as {
      items: { objectId: string; before: object; after: object }[];
    };
    assert.deepEqual(
      items.filter(({ objectId }) => objectId === '1').map(({ before, after }) => [before, after]),
      [[{ [NAME]: null }, { reason: 'tried', [NAME]: '6000' }]],
    );
  });
});
