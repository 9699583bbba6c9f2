import assert from 'node:assert/strict';
import type { JobView } from '@voltpile/platform/jobs/jobs-port';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('jobs', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
    const { rows } = api.ports.fakeJobs;
    rows.csms.push(job('csms.partitions'), job('platform.service-members'));
    rows.billing.push(job('billing.prove-ledger', { isRunning: true }), job('platform.service-members'));
    rows.operations.push(job('operations.tidy-files', { lastOutcome: 'failed', lastError: 'Error: the disk is full' }));
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function job(name: string, more: Partial<JobView> = {}): JobView {
    return {
      name,
      schedule: '0 3 * * *',
      isRunning: false,
      nextRunAt: '2026-05-02T03:00:00.000Z',
      lastStartedAt: '2026-05-01T03:00:00.000Z',
      lastFinishedAt: '2026-05-01T03:00:01.000Z',
      lastOutcome: 'succeeded',
      lastError: null,
      lastDurationMs: 1000,
      ...more,
    };
  }
  const names = (body: unknown) => (body as { items: JobView[] }).items.map(({ name }) => name);
  const run = (name: string, token?: string) =>
    api.call('POST', `/api/v1/jobs/${name}/runs`, token === undefined ? {} : { token });

  it('are listed over all services, each once', async () => {
    const { body } = await api.call('GET', '/api/v1/jobs');
    assert.deepEqual(names(body), [
      'billing.prove-ledger',
      'csms.partitions',
      'operations.tidy-files',
      'platform.service-members',
    ]);
    assert.deepEqual((body as { unavailable: string[] }).unavailable, []);
  });

  it('are listed as far as services can be asked', async () => {
    api.ports.fakeJobs.away.add('billing');
    const { body } = await api.call('GET', '/api/v1/jobs');
    assert.deepEqual((body as { unavailable: string[] }).unavailable, ['billing']);
    assert.equal((await run('billing.prove-ledger')).status, 503);
  });

  it('are run now, which is audited', async () => {
    assert.equal((await run('operations.tidy-files')).status, 202);
    assert.deepEqual(api.ports.fakeJobs.begun, ['operations.tidy-files']);
    assert.equal((await run('billing.prove-ledger')).status, 409);
    assert.equal((await run('csms.make-coffee')).status, 404);
    const log = await api.call('GET', '/api/v1/audit-log?objectType=job');
    assert.deepEqual(
      (log.body as { items: { action: string; objectId: string }[] }).items.map(({ action, objectId }) => [
        action,
        objectId,
      ]),
      [['job.run', 'operations.tidy-files']],
    );
  });

  it('are nobody’s business who runs the stations only', async () => {
    const token = await api.loginAs({ role: 'monitoring', scope: { kind: 'everything' } });
    assert.equal((await api.call('GET', '/api/v1/jobs', { token })).status, 403);
    assert.equal((await run('csms.partitions', token)).status, 403);
  });
});
