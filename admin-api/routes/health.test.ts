import assert from 'node:assert/strict';
import { startTestApi } from '../testing/test-api.ts';

describe('health, metrics, documentation', () => {
  it('is alive, ready and measured without a token', async () => {
    await using api = await startTestApi();
    const call = (path: string) => api.call('GET', path, { token: null });
    assert.deepEqual((await call('/healthz')).body, { status: 'ok' });
    const ready = await call('/readyz');
    assert.deepEqual([ready.status, ready.body], [200, { ready: true, checks: { database: 'ok' } }]);
    const metrics = await call('/metrics');
    assert.equal(metrics.headers.get('Content-Type'), 'text/plain; version=0.0.4');
    assert.equal(metrics.body, 'voltpile_up 1\n');
  });

  it('says what is missing while it is not ready, and asks at most once a second', async () => {
    let asked = 0;
    const readiness = async () => {
      asked += 1;
      return { ready: false, checks: { database: 'unreachable' } };
    };
    await using api = await startTestApi({ readiness });
    const answers = await Promise.all([1, 2, 3].map(() => api.call('GET', '/readyz', { token: null })));
    for (const { status, headers, body } of answers) {
      assert.deepEqual([status, body], [503, { ready: false, checks: { database: 'unreachable' } }]);
      assert.match(headers.get('Content-Type') ?? '', /^application\/json/);
    }
    assert.equal(asked, 1);
  });

  it('is not ready when that cannot be found out', async () => {
    await using api = await startTestApi({ readiness: () => Promise.reject(new Error('inside')) });
    const answer = await api.call('GET', '/readyz', { token: null });
    assert.equal(answer.status, 503);
    assert.doesNotMatch(JSON.stringify(answer.body), /inside/);
  });

  it('serves the documentation from itself', async () => {
    await using api = await startTestApi();
    const call = (path: string) => api.call('GET', path, { token: null });
    const page = await call('/api/v1/docs');
    const html = String(page.body);
    assert.doesNotMatch(html, /https?:\/\//);
    assert.doesNotMatch(html, /<script>|<style|onload=/);
    for (const [, path = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await call(path);
      assert.equal(file.status, 200, path);
      assert.equal(file.headers.get('X-Content-Type-Options'), 'nosniff');
    }
    assert.match((await call('/api/v1/docs/start.js')).headers.get('Content-Type') ?? '', /^text\/javascript/);
    assert.match(String((await call('/')).body), /portal is still to come/);
  });
});
