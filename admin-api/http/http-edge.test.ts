import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('HTTP edge', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const json = { 'Content-Type': 'application/json' };
  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;

  it('answers 404 for what does not exist, as a problem document with the id of the request', async () => {
    for (const path of [
      '/nothing',
      '/api/v1/roaming-partners',
      '/api/v1/firmware-campaigns',
      '/ocpi/versions',
      '/evcs/v1',
      '/API/V1/stations',
    ]) {
      const answer = await api.call('GET', path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get('Content-Type'), 'application/problem+json');
      const { requestId, ...body } = answer.body as Record<string, unknown>;
      assert.equal(requestId, answer.headers.get('X-Request-Id'));
      assert.deepEqual(body, {
        type: 'urn:voltpile:problem:request.unknown_route',
        title: 'Not found',
        status: 404,
        detail: 'There is nothing at this address.',
        code: 'request.unknown_route',
      });
    }
  });

  it('answers 405 with the methods that can be used', async () => {
    const answer = await api.call('PUT', '/api/v1/stations', { body: {} });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('Allow'), 'GET, POST, HEAD');
    assert.equal(code(answer), 'request.method_not_allowed');
  });

  it('takes JSON only', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/vnd.api+json', '']) {
      const answer = await api.call('POST', '/api/v1/organizations', {
        raw: '{"name":"x"}',
        headers: { 'Content-Type': type },
      });
      assert.equal(answer.status, 415, type);
    }
  });

  it('takes UTF-8 only', async () => {
    const post = (charset: string, encoding: BufferEncoding, text = '{"name":"Größe"}') =>
      api.call('POST', '/api/v1/organizations', {
        raw: Buffer.from(text, encoding),
        headers: { 'Content-Type': `application/json${charset}` },
      });
    for (const [charset, encoding] of [
      ['; charset=iso-8859-1', 'latin1'],
      ['; charset=utf-16', 'utf16le'],
      ['; charset="UTF-16LE"', 'utf16le'],
      ['; charset=utf-32', 'utf8'],
      ['; charset=utf-8; charset=utf-16', 'utf16le'],
      // It says so, or says nothing, but is not.
      ['; charset=utf-8', 'latin1'],
      ['', 'latin1'],
    ] as const) {
      const answer = await post(charset, encoding);
      assert.deepEqual([answer.status, code(answer)], [415, 'request.unsupported_media_type'], charset);
    }
    for (const charset of ['', '; charset=UTF-8', ';charset="utf-8"']) {
      const answer = await post(charset, 'utf8');
      assert.deepEqual([answer.status, (answer.body as { name: string }).name], [201, 'Größe'], charset);
    }
  });

  it('refuses malformed, missing, primitive, deep and unstorable JSON', async () => {
    const cases: [string, string][] = [
      ['{"name":', 'request.malformed_json'],
      ['"text"', 'request.malformed_json'],
      ['', 'request.body_missing'],
      [`{"name":${'['.repeat(100)}${']'.repeat(100)}}`, 'request.unacceptable_json'],
      ['{"name":"a\\u0000b"}', 'request.unacceptable_json'],
      ['{"a\\u0000b":1}', 'request.unacceptable_json'],
      ['{"name":"a\\ud800b"}', 'request.unacceptable_json'],
      ['{"a\\udc00b":1}', 'request.unacceptable_json'],
    ];
    for (const [raw, expected] of cases) {
      const answer = await api.call('POST', '/api/v1/organizations', { raw, headers: json });
      assert.equal(answer.status, 400, raw);
      assert.equal(code(answer), expected, raw);
    }
  });

  it('refuses bodies above 1 MiB, also when they are small before they are unpacked', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(1_048_577) });
    const plain = await api.call('POST', '/api/v1/organizations', { raw: large, headers: json });
    assert.equal(plain.status, 413);
    const packed = await api.call('POST', '/api/v1/organizations', {
      raw: gzipSync(large),
      headers: { ...json, 'Content-Encoding': 'gzip' },
    });
    assert.equal(packed.status, 413);
    const strange = await api.call('POST', '/api/v1/organizations', {
      raw: '{}',
      headers: { ...json, 'Content-Encoding': 'compress' },
    });
    assert.equal(strange.status, 415);
  });

  it('asks for a token before it reads a body', async () => {
    const answer = await api.call('POST', '/api/v1/organizations', { raw: 'not json', headers: json, token: null });
    assert.equal(answer.status, 401);
  });

  it('names every unknown and every wrong field', async () => {
    const answer = await api.call('POST', '/api/v1/stations', { body: { id: 'CP9', pasword: 'x', lenient: 'yes' } });
    assert.equal(answer.status, 400);
    const { code: name, errors } = answer.body as { code: string; errors: { path: string; message: string }[] };
    assert.equal(name, 'request.invalid_body');
    assert.deepEqual(errors.map(({ path }) => path).sort(), ['lenient', 'pasword']);
    const nested = await api.call('POST', '/api/v1/sites', {
      body: { name: 'S', address: { street: 'a', city: 'b', country: 'DEU', floor: 3 } },
    });
    assert.deepEqual(
      (nested.body as { errors: { path: string }[] }).errors.map(({ path }) => path),
      ['address.floor'],
    );
  });

  it('refuses unknown, repeated and wrong query parameters', async () => {
    for (const query of [
      '?offset=1',
      '?limit=0',
      '?limit=501',
      '?limit=x',
      '?cursor=a&cursor=b',
      '?online=maybe',
      '?search=%00',
    ]) {
      const answer = await api.call('GET', `/api/v1/stations${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(code(answer), 'request.invalid_query');
    }
    const repeated = await api.call('GET', '/api/v1/stations?limit=1&limit=2&search=x');
    assert.deepEqual((repeated.body as { errors: object[] }).errors, [
      { path: 'limit', message: 'This is given more than once.' },
    ]);
    const cursor = await api.call('GET', '/api/v1/stations?cursor=nonsense');
    assert.deepEqual([cursor.status, code(cursor)], [400, 'list.bad_cursor']);
  });

  it('answers 404 for an id that cannot be one, and 400 for a path that does not decode', async () => {
    assert.equal((await api.call('GET', '/api/v1/transactions/17')).status, 404);
    assert.equal((await api.call('GET', '/api/v1/docs/package.json')).status, 404);
    assert.equal((await api.call('GET', `/api/v1/stations/${'x'.repeat(129)}`)).status, 404);
    const answer = await api.call('GET', '/api/v1/stations/%ZZ');
    assert.deepEqual([answer.status, code(answer)], [400, 'request.malformed_url']);
    assert.equal((await api.call('GET', '/%ZZ', { token: null })).status, 404);
  });

  it('sends protective headers and gives nothing to caches', async () => {
    const { headers } = await api.call('GET', '/api/v1/auth/me');
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
    assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'self'/);
    assert.equal(headers.get('Cache-Control'), 'no-store');
    assert.equal(headers.get('X-Powered-By'), null);
    assert.equal(headers.get('Access-Control-Allow-Origin'), null);
  });

  it('believes neither request ids nor addresses of strangers', async () => {
    const { headers } = await api.call('GET', '/healthz', {
      token: null,
      headers: { 'X-Request-Id': 'mine', 'X-Forwarded-For': '203.0.113.9' },
    });
    assert.notEqual(headers.get('X-Request-Id'), 'mine');
    await api.call('POST', '/api/v1/auth/login', {
      body: { email: 'x@example.com', password: 'x' },
      token: null,
      headers: { 'X-Forwarded-For': '203.0.113.9' },
    });
    const log = await api.call('GET', '/api/v1/audit-log?action=auth.login&limit=1');
    assert.equal((log.body as { items: { address: string }[] }).items[0]?.address, '127.0.0.1');
  });

  it('believes them of a trusted proxy', async () => {
    await using behind = await startTestApi({ trustedProxies: ['127.0.0.0/8'] });
    const headers = { 'X-Request-Id': 'edge-17', 'X-Forwarded-For': '203.0.113.9' };
    const answer = await behind.call('POST', '/api/v1/auth/login', {
      body: { email: 'x@example.com', password: 'x' },
      token: null,
      headers,
    });
    assert.equal(answer.headers.get('X-Request-Id'), 'edge-17');
    const log = await behind.call('GET', '/api/v1/audit-log?action=auth.login');
    const refused = (log.body as { items: { outcome: string; address: string; requestId: string }[] }).items.find(
      ({ outcome }) => outcome === 'refused',
    );
    assert.deepEqual([refused?.address, refused?.requestId], ['203.0.113.9', 'edge-17']);
    const odd = await behind.call('GET', '/healthz', { token: null, headers: { 'X-Request-Id': 'a b;c' } });
    assert.notEqual(odd.headers.get('X-Request-Id'), 'a b;c');
  });

  it('tells nothing of a failure inside, and logs it with the id of the request', async () => {
    api.ports.stations.get = async () => {
      throw new TypeError('password of /etc/secret');
    };
    const answer = await api.call('GET', '/api/v1/stations/CP1');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(JSON.stringify(answer.body), /secret|TypeError/);
    const line = api.log.find(({ level }) => level === 'error');
    assert.equal(line?.facts.requestId, answer.headers.get('X-Request-Id'));
    assert.match(String(line?.facts.err), /password of/);
  });

  it('says 503 with Retry-After while the database is away', async () => {
    await using lonely = await startTestApi();
    const token = await lonely.login();
    await lonely.database.knex.destroy();
    const answer = await lonely.call('GET', '/api/v1/auth/me', { token });
    assert.deepEqual([answer.status, code(answer)], [503, 'database.unavailable']);
    assert.equal(answer.headers.get('Retry-After'), '5');
    lonely.database.knex.initialize();
  });

  it('limits the requests of one user', async () => {
    await using narrow = await startTestApi({ limits: { requestsPerUser: { points: () => 3, seconds: 60 } } });
    const token = await narrow.login();
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await narrow.call('GET', '/api/v1/auth/me', { token })).status, 200);
    }
    const answer = await narrow.call('GET', '/api/v1/auth/me', { token });
    assert.deepEqual([answer.status, code(answer)], [429, 'request.rate_limited']);
    assert.ok(Number(answer.headers.get('Retry-After')) > 0);
  });

  it('survives bytes that are not HTTP', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    const said = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.end('\x16\x03\x01 nonsense\r\n\r\n');
    });
    assert.match(said, /^HTTP\/1\.1 400 /);
    assert.equal((await api.call('GET', '/healthz', { token: null })).status, 200);
  });

  it('logs requests by the pattern of their path', async () => {
    await api.call('GET', '/api/v1/id-tokens/CARD-4711');
    assert.ok(api.log.some(({ facts }) => facts.route === '/api/v1/id-tokens/:idToken'));
    assert.doesNotMatch(JSON.stringify(api.log), /CARD-4711/);
  });
});
