import assert from 'node:assert/strict';
import { SignJWT } from 'jose';
import { deriveKey } from '../identity/derive-key.ts';
import { ADMINISTRATOR, startTestApi, type TestApi } from '../testing/test-api.ts';

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

describe('authentication', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const enter = async (email: string = ADMINISTRATOR.email, password: string = ADMINISTRATOR.password) =>
    api.call('POST', '/api/v1/auth/login', { body: { email, password }, token: null });
  const me = async (token: string | null, headers?: Record<string, string>) =>
    api.call('GET', '/api/v1/auth/me', { token, ...(headers === undefined ? {} : { headers }) });
  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;

  it('lets a user in and tells who it is', async () => {
    const { status, body } = await enter('ADMIN@example.com');
    assert.equal(status, 200);
    const tokens = body as Tokens;
    assert.deepEqual(Object.keys(tokens).sort(), ['accessToken', 'expiresInSeconds', 'refreshToken']);
    assert.equal(tokens.expiresInSeconds, 600);
    const caller = (await me(tokens.accessToken)).body as {
      email: string;
      role: string;
      permissions: string[];
      scope: object;
    };
    assert.equal(caller.email, ADMINISTRATOR.email);
    assert.equal(caller.role, 'administrator');
    assert.deepEqual(caller.scope, { kind: 'everything' });
    assert.ok(caller.permissions.includes('station.raw-call'));
  });

  it('says the same for an unknown address and a wrong password', async () => {
    const wrong = await enter(ADMINISTRATOR.email, 'wrong');
    const unknown = await enter('nobody@example.com', 'wrong');
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers.get('WWW-Authenticate') ?? '', /^Bearer/);
    const text = ({ body }: { body: never }) => ({ ...(body as object), requestId: '' });
    assert.deepEqual(text(wrong), text(unknown));
    assert.equal(code(wrong), 'auth.invalid_credentials');
  });

  it('throttles failed attempts with 429, and not those that are right', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) assert.equal((await enter()).status, 200);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      assert.equal((await enter(ADMINISTRATOR.email, 'wrong')).status, 401);
    }
    const answer = await enter();
    assert.deepEqual([answer.status, code(answer)], [429, 'auth.throttled']);
    assert.ok(Number(answer.headers.get('Retry-After')) > 0);
    assert.equal((await enter('other@example.com', 'wrong')).status, 401);
  });

  it('refuses roles whose part is still to come with a reason of its own', async () => {
    for (const role of ['maintenance', 'finance', 'partner', 'driver']) {
      const email = `${role}@example.com`;
      const made = await api.call('POST', '/api/v1/users', { body: { email, password: 'twelve chars!', role } });
      assert.equal(made.status, 201);
      const answer = await enter(email, 'twelve chars!');
      assert.deepEqual([answer.status, code(answer)], [403, 'auth.role_not_available_yet']);
      assert.equal((await enter(email, 'wrong')).status, 401);
    }
  });

  it('rotates refresh tokens, and ends the session when one is used twice', async () => {
    const refresh = (refreshToken: string) =>
      api.call('POST', '/api/v1/auth/refresh', { body: { refreshToken }, token: null });
    const first = (await enter()).body as Tokens;
    const second = await refresh(first.refreshToken);
    assert.equal(second.status, 200);
    const tokens = second.body as Tokens;
    assert.equal((await me(tokens.accessToken)).status, 200);
    const reused = await refresh(first.refreshToken);
    assert.deepEqual([reused.status, code(reused)], [401, 'auth.refresh_token_reused']);
    assert.equal((await me(tokens.accessToken)).status, 401);
    assert.equal((await refresh(tokens.refreshToken)).status, 401);
    assert.equal(code(await refresh('unknown')), 'auth.invalid_refresh_token');
  });

  it('ends the session at logout, at once and for both tokens', async () => {
    const { accessToken, refreshToken } = (await enter()).body as Tokens;
    assert.equal((await api.call('POST', '/api/v1/auth/logout', { token: accessToken })).status, 204);
    const answer = await me(accessToken);
    assert.deepEqual([answer.status, code(answer)], [401, 'auth.token_invalid']);
    const refreshed = await api.call('POST', '/api/v1/auth/refresh', { body: { refreshToken }, token: null });
    assert.equal(refreshed.status, 401);
  });

  it('shuts a disabled user out at once, and takes a new role from the next request on', async () => {
    const token = await api.loginAs({ role: 'administrator', email: 'second@example.com' });
    const { id } = (await me(token)).body as { id: string };
    assert.equal((await api.call('GET', '/api/v1/users', { token })).status, 200);
    await api.call('PATCH', `/api/v1/users/${id}`, { body: { role: 'monitoring' } });
    const answer = await api.call('GET', '/api/v1/users', { token });
    assert.deepEqual([answer.status, code(answer)], [403, 'auth.permission_missing']);
    await api.call('PATCH', `/api/v1/users/${id}`, { body: { disabled: true } });
    assert.equal((await me(token)).status, 401);
  });

  it('takes tokens that it has signed itself for this purpose, until they expire, from the header only', async () => {
    const token = await api.login();
    const missing = await me(null);
    assert.deepEqual([missing.status, code(missing)], [401, 'auth.token_missing']);
    assert.equal((await api.call('GET', `/api/v1/auth/me?access_token=${token}`, { token: null })).status, 401);
    assert.equal((await me(null, { Authorization: `Basic ${token}` })).status, 401);
    assert.equal((await me(`${token.slice(0, -4)}AAAA`)).status, 401);
    assert.equal((await me('nonsense')).status, 401);
    const [, payload = ''] = token.split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`;
    assert.equal((await me(none)).status, 401);

    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const key = deriveKey(Buffer.alloc(32, 7), 'access-token');
    const sign = (change: Record<string, unknown>) =>
      new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg: 'HS256' }).sign(key);
    assert.equal((await me(await sign({}))).status, 200, 'the forged ones differ in one thing only');
    for (const change of [
      { iss: 'x' },
      { aud: 'x' },
      { exp: undefined },
      { sid: 'x' },
      { sid: undefined },
      { sub: 'x' },
    ]) {
      assert.equal((await me(await sign(change))).status, 401, JSON.stringify(change));
    }

    api.clock.advance(599_000);
    assert.equal((await me(token)).status, 200);
    api.clock.advance(1000);
    assert.equal((await me(token)).status, 401);
  });

  it('writes logins, refused logins and logouts to the audit log', async () => {
    await enter(ADMINISTRATOR.email, 'wrong');
    const token = ((await enter()).body as Tokens).accessToken;
    await api.call('POST', '/api/v1/auth/logout', { token });
    const { items } = (await api.call('GET', '/api/v1/audit-log')).body as {
      items: { action: string; outcome: string }[];
    };
    const seen = items.map(({ action, outcome }) => `${action} ${outcome}`);
    assert.deepEqual(seen, [
      'auth.login done',
      'auth.logout done',
      'auth.login done',
      'auth.login refused',
      'user.create done',
    ]);
  });

  it('refuses logins of a wrong shape as bad requests', async () => {
    for (const body of [
      {},
      { email: 'a@b.c' },
      { email: 1, password: 'x' },
      { email: 'a@b.c', password: 'x', otp: '1' },
    ]) {
      const answer = await api.call('POST', '/api/v1/auth/login', { body, token: null });
      assert.deepEqual([answer.status, code(answer)], [400, 'request.invalid_body']);
    }
  });
});
