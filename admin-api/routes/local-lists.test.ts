import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('local lists and offline rules', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
    await api.call('POST', '/api/v1/stations', { body: { id: 'a/b' } });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const LIST = '/api/v1/stations/a%2Fb/local-list';
  const RULES = '/api/v1/stations/a%2Fb/offline-rules';
  const audited = async (): Promise<Record<string, unknown>[]> =>
    ((await api.call('GET', '/api/v1/audit-log')).body as { items: Record<string, unknown>[] }).items;

  it('local lists: read, give a policy, send', async () => {
    const before = await api.call('GET', LIST);
    assert.equal(before.status, 200);
    const off = await api.call('POST', `${LIST}/sync`, { body: {} });
    assert.deepEqual([off.status, (off.body as { code: string }).code], [409, 'local_list.off']);
    const policy = { kind: 'groups', groupIdTokens: ['FLEET'] };
    const changed = await api.call('PUT', LIST, { body: { policy } });
    assert.equal(changed.status, 200);
    assert.deepEqual((changed.body as { policy: object }).policy, policy);
    assert.deepEqual((await api.call('GET', LIST)).body, changed.body);
    const begun = await api.call('POST', `${LIST}/sync`, { body: { mode: 'full' } });
    assert.equal(begun.status, 202);
    const { commandId } = begun.body as { commandId: string };
    const command = (await api.call('GET', `/api/v1/commands/${commandId}`)).body as Record<string, unknown>;
    assert.deepEqual([command.requestedBy, command.payload], ['admin@example.com', { mode: 'full' }]);
    const [sync, update] = await audited();
    assert.deepEqual(
      [sync?.action, sync?.objectId, sync?.after],
      ['local-list.sync', 'a/b', { mode: 'full', commandId }],
    );
    assert.deepEqual(
      [update?.action, update?.before, update?.after],
      ['local-list.update', { policy: { kind: 'off' }, policySource: 'site' }, { policy, policySource: 'station' }],
    );
    const back = await api.call('PUT', LIST, { body: { policy: null } });
    assert.equal((back.body as { policySource: string }).policySource, 'site');
  });

  it('local lists: entries come in pages', async () => {
    for (const idToken of ['A', 'B', 'C']) {
      api.ports.localListEntryRows.push({
        idToken,
        type: null,
        status: 'Accepted',
        groupIdToken: null,
        expiresAt: null,
      });
    }
    const page = async (query: string) =>
      (await api.call('GET', `${LIST}/entries?${query}`)).body as { items: { idToken: string }[]; nextCursor: string };
    const first = await page('limit=2');
    const rest = await page(`limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ idToken }) => idToken),
      ['A', 'B', 'C'],
    );
  });

  it('local lists: bodies that make no sense are refused', async () => {
    for (const body of [
      {},
      { policy: 'all' },
      { policy: { kind: 'some' } },
      { policy: { kind: 'groups', groupIdTokens: [] } },
      { policy: { kind: 'all', idTokens: ['A'] } },
    ]) {
      assert.equal((await api.call('PUT', LIST, { body })).status, 400, JSON.stringify(body));
    }
    assert.equal((await api.call('POST', `${LIST}/sync`, { body: { mode: 'some' } })).status, 400);
    assert.equal((await api.call('GET', '/api/v1/stations/none/local-list')).status, 404);
  });

  it('who may look may not change', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    assert.equal((await api.call('GET', LIST, { token })).status, 200);
    assert.equal((await api.call('GET', `${LIST}/entries`, { token })).status, 200);
    assert.equal((await api.call('GET', RULES, { token })).status, 200);
    assert.equal((await api.call('PUT', LIST, { token, body: { policy: { kind: 'all' } } })).status, 403);
    assert.equal((await api.call('POST', `${LIST}/sync`, { token, body: {} })).status, 403);
    assert.equal((await api.call('POST', `${RULES}/apply`, { token })).status, 403);
  });

  it('offline rules: set for the site, told to the station', async () => {
    const site = `/api/v1/sites/${api.ports.siteId}`;
    const changed = await api.call('PATCH', site, {
      body: { offlinePolicy: { localAuthorizeOffline: true }, localListPolicy: { kind: 'all' } },
    });
    assert.equal(changed.status, 200);
    const { offlinePolicy, localListPolicy } = changed.body as { offlinePolicy: object; localListPolicy: object };
    assert.deepEqual(offlinePolicy, {
      localAuthorizeOffline: true,
      localPreAuthorize: null,
      allowOfflineTxForUnknownId: null,
      stopOnInvalidId: null,
    });
    assert.deepEqual(localListPolicy, { kind: 'all' });
    const rules = await api.call('GET', RULES);
    assert.deepEqual((rules.body as { variables: object }).variables, [
      { component: null, variable: 'LocalAuthorizeOffline', value: 'true' },
    ]);
    const told = await api.call('POST', `${RULES}/apply`);
    assert.equal(told.status, 202);
    const command = told.body as { id: string; action: string };
    assert.equal(command.action, 'set-variables');
    assert.equal(told.headers.get('Location'), `/api/v1/commands/${command.id}`);
    assert.equal((await audited())[0]?.action, 'offline-rules.apply');
  });

  it('id tokens of a group, and the group that stops everything', async () => {
    for (const [idToken, groupIdToken] of [
      ['A', 'Fleet'],
      ['B', null],
      ['C', 'FLEET'],
    ]) {
      await api.call('POST', '/api/v1/id-tokens', { body: { idToken, groupIdToken } });
    }
    const listed = await api.call('GET', '/api/v1/id-tokens?groupIdToken=fleet');
    assert.deepEqual(
      (listed.body as { items: { idToken: string }[] }).items.map(({ idToken }) => idToken),
      ['A', 'C'],
    );
    const path = `/api/v1/organizations/${api.ports.organizationId}`;
    const changed = await api.call('PATCH', path, { body: { masterPassGroupId: 'GUARDS' } });
    assert.equal((changed.body as { masterPassGroupId: string }).masterPassGroupId, 'GUARDS');
    assert.equal((await api.call('PATCH', path, { body: { masterPassGroupId: 'x'.repeat(37) } })).status, 400);
  });
});
