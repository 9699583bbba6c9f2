import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('users', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;
  const create = (facts: object) =>
    api.call('POST', '/api/v1/users', {
      body: { email: 'm@example.com', password: 'a long password', role: 'monitoring', ...facts },
    });

  it('are made, listed, changed and disabled, with a word in the audit log for each', async () => {
    const made = await create({});
    assert.equal(made.status, 201);
    const user = made.body as { id: string; scope: object };
    assert.deepEqual(user.scope, { kind: 'everything' });
    assert.equal(made.headers.get('Location'), `/api/v1/users/${user.id}`);
    assert.equal('password' in user || 'passwordHash' in user, false);
    assert.deepEqual((await api.call('GET', `/api/v1/users/${user.id}`)).body, user);
    const scope = { kind: 'sites', siteIds: [api.ports.siteId] };
    const changed = await api.call('PATCH', `/api/v1/users/${user.id}`, {
      body: { scope, password: 'another long one' },
    });
    assert.deepEqual((changed.body as { scope: object }).scope, scope);
    assert.equal((await api.call('DELETE', `/api/v1/users/${user.id}`)).status, 204);
    const disabled = await api.call('GET', '/api/v1/users?disabled=true');
    assert.deepEqual(
      (disabled.body as { items: { id: string }[] }).items.map(({ id }) => id),
      [user.id],
    );
    const { items } = (await api.call('GET', `/api/v1/audit-log?objectType=user&objectId=${user.id}`)).body as {
      items: { action: string; after: { passwordChanged?: boolean } }[];
    };
    assert.deepEqual(
      items.map(({ action }) => action),
      ['user.disable', 'user.update', 'user.create'],
    );
    assert.equal(items[1]?.after.passwordChanged, true);
    assert.doesNotMatch(JSON.stringify(items), /long/);
  });

  it('of outside roles see nothing until it is given', async () => {
    const made = await create({ role: 'partner' });
    assert.deepEqual((made.body as { scope: object }).scope, { kind: 'organizations', organizationIds: [] });
  });

  it('need a proper address, a password of 12 characters, and a scope that exists', async () => {
    for (const facts of [
      { email: 'nobody' },
      { password: 'eleven char' },
      { role: 'root' },
      { scope: { kind: 'sites' } },
      { scope: { kind: 'everything', siteIds: [] } },
    ]) {
      const answer = await create(facts);
      assert.deepEqual([answer.status, code(answer)], [400, 'request.invalid_body'], JSON.stringify(facts));
    }
    for (const scope of [
      { kind: 'sites', siteIds: [uuidv7()] },
      { kind: 'organizations', organizationIds: [api.ports.organizationId, uuidv7()] },
    ]) {
      const answer = await create({ scope });
      assert.deepEqual([answer.status, code(answer)], [400, 'user.unknown_scope']);
    }
    assert.equal((await create({})).status, 201);
    const twice = await create({ email: 'M@Example.com' });
    assert.deepEqual([twice.status, code(twice)], [409, 'user.exists']);
  });

  it('cannot shut the last administrator out', async () => {
    const { items } = (await api.call('GET', '/api/v1/users?role=administrator')).body as { items: { id: string }[] };
    const answer = await api.call('DELETE', `/api/v1/users/${items[0]?.id}`);
    assert.deepEqual([answer.status, code(answer)], [409, 'user.last_administrator']);
  });

  it('are the business of those who may see everything', async () => {
    const scope = { kind: 'organizations', organizationIds: [api.ports.organizationId] };
    const token = await api.loginAs({ role: 'administrator', scope });
    for (const path of ['/api/v1/users', '/api/v1/audit-log', `/api/v1/users/${uuidv7()}`]) {
      const answer = await api.call('GET', path, { token });
      assert.deepEqual([answer.status, code(answer)], [403, 'auth.scope_too_narrow'], path);
    }
    assert.equal((await api.call('POST', '/api/v1/organizations', { token, body: { name: 'x' } })).status, 403);
    assert.equal((await api.call('GET', '/api/v1/stations', { token })).status, 200);
  });

  it('have roles that can be looked up', async () => {
    const { items } = (await api.call('GET', '/api/v1/roles')).body as {
      items: { name: string; available: boolean; permissions: string[] }[];
    };
    assert.deepEqual(
      items.map(({ name }) => name),
      ['administrator', 'monitoring', 'maintenance', 'finance', 'partner', 'driver'],
    );
  });
});
