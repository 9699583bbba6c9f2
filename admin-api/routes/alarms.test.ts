import assert from 'node:assert/strict';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { AlarmView } from '@voltpile/operations/contract/alarms';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** Every answer is checked against the OpenAPI document by the test API. */
describe('alarms', () => {
  let api: TestApi;
  let id: Uuid;
  beforeEach(async () => {
    api = await startTestApi();
    id = uuidv7();
    api.ports.fakeAlarms.rows.push(alarm(id), alarm(uuidv7(), { organizationId: uuidv7(), siteId: uuidv7() }));
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function alarm(alarmId: Uuid, more: Partial<AlarmView> = {}): AlarmView {
    const at = '2026-05-01T00:00:00.000Z';
    return {
      id: alarmId,
      organizationId: api.ports.organizationId,
      siteId: api.ports.siteId,
      stationId: 'CP-1',
      evseId: 1,
      connectorId: 1,
      code: 'fault.ground-failure',
      severity: 'critical',
      title: 'Ground fault',
      status: 'active',
      isPresent: true,
      detail: { errorCode: 'GroundFailure', info: null, attempts: 2 },
      raisedAt: at,
      lastRaisedAt: at,
      occurrences: 1,
      clearedAt: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      assignedTo: null,
      ...more,
    };
  }
  const own = () => ({ kind: 'organizations', organizationIds: [api.ports.organizationId] });

  it('are listed within the scope of the caller', async () => {
    const token = await api.loginAs({ role: 'monitoring', scope: own() });
    const query = 'status=active&severity=critical&code=fault.ground-failure&acknowledged=false';
    const list = await api.call('GET', `/api/v1/alarms?${query}`, { token });
    assert.deepEqual(list.body, { items: [api.ports.fakeAlarms.rows[0]], nextCursor: null });
    const asked = { status: 'active', severity: 'critical', code: 'fault.ground-failure', acknowledged: false };
    assert.deepEqual(api.ports.fakeAlarms.seenFilter, asked);
    assert.equal((await api.call('GET', `/api/v1/alarms/${id}`, { token })).status, 200);
    const foreign = api.ports.fakeAlarms.rows[1]?.id;
    assert.equal((await api.call('GET', `/api/v1/alarms/${foreign}`, { token })).status, 404);
    assert.equal((await api.call('GET', '/api/v1/alarm-catalogue', { token })).status, 200);
    for (const bad of ['severity=terrible', 'status=raised', 'acknowledged=perhaps']) {
      assert.equal((await api.call('GET', `/api/v1/alarms?${bad}`, { token })).status, 400, bad);
    }
  });

  it('are acknowledged, assigned, written to and cleared, which is audited', async () => {
    const post = (path: string, body: object) => api.call('POST', `/api/v1/alarms/${id}/${path}`, { body });
    const email = 'ann@example.com';
    assert.equal((await post('acknowledgement', {})).status, 200);
    assert.equal((await post('assignment', { assignedTo: email })).status, 200);
    assert.equal((await post('notes', { text: 'Rain got in.' })).status, 201);
    assert.equal((await post('clearing', { text: 'Dried.' })).status, 200);
    assert.equal((await post('clearing', { text: 'Again.' })).status, 409);
    assert.equal((await post('acknowledgement', {})).status, 409);
    const notes = await api.call('GET', `/api/v1/alarms/${id}/notes`);
    assert.equal((notes.body as { items: { text: string }[] }).items[0]?.text, 'Rain got in.');
    const log = await api.call('GET', '/api/v1/audit-log?objectType=alarm');
    assert.deepEqual(
      (log.body as { items: { action: string }[] }).items.map(({ action }) => action),
      ['alarm.clear', 'alarm.note', 'alarm.assign', 'alarm.acknowledge'],
    );
  });

  it('are not changed by strangers, nor by what says nothing', async () => {
    const made = await api.call('POST', '/api/v1/sites', {
      body: { organizationId: api.ports.organizationId, name: 'Other' },
    });
    const { id: other } = made.body as { id: Uuid };
    const token = await api.loginAs({
      role: 'monitoring',
      scope: { kind: 'sites', siteIds: [other] },
    });
    for (const [path, body] of [
      ['acknowledgement', {}],
      ['clearing', { text: 'Why not' }],
      ['assignment', { assignedTo: null }],
      ['notes', { text: 'Hm' }],
    ] as const) {
      assert.equal((await api.call('POST', `/api/v1/alarms/${id}/${path}`, { token, body })).status, 404, path);
    }
    for (const [path, body] of [
      ['clearing', {}],
      ['clearing', { text: '  ' }],
      ['assignment', { assignedTo: 'ann' }],
      ['notes', { text: '' }],
      ['acknowledgement', { by: 'somebody' }],
    ] as const) {
      assert.equal(
        (await api.call('POST', `/api/v1/alarms/${id}/${path}`, { body })).status,
        400,
        JSON.stringify(body),
      );
    }
  });
});
