import assert from 'node:assert/strict';
import type { DeviceVariableView } from '@voltpile/csms/contract/device-model-port';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const AT = '2026-05-01T00:00:00.000Z';
const NAME = {
  component: { name: 'OCPPCommCtrlr', instance: null, evseId: null, connectorId: null },
  variable: { name: 'HeartbeatInterval', instance: null },
};
const MONITOR = {
  id: 4,
  type: 'UpperThreshold',
  value: '60.5',
  severity: 5,
  transaction: false,
  reportedAt: AT,
  goneAt: null,
};
const VARIABLE: DeviceVariableView = {
  ...NAME,
  attributes: [
    {
      type: 'Actual',
      value: '300',
      valueCut: false,
      mutability: 'ReadWrite',
      persistent: true,
      constant: false,
      rebootRequired: true,
      wantedValue: '600',
      valueAt: AT,
      reportedAt: AT,
    },
  ],
  characteristics: {
    dataType: 'integer',
    unit: 's',
    minLimit: '1',
    maxLimit: null,
    valuesList: null,
    supportsMonitoring: true,
  },
  monitors: [MONITOR],
  reportedAt: AT,
  goneAt: null,
  flags: [],
};

interface List {
  items: unknown[];
  nextCursor: string | null;
}

/** Every answer is checked against the OpenAPI document by the test API. */
describe('the device model of a station', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP|1' } });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const path = (rest: string) => `/api/v1/stations/${encodeURIComponent('CP|1')}/${rest}`;
  const get = (rest: string, token?: string) => api.call('GET', path(rest), token === undefined ? {} : { token });
  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;

  it('is searched by every filter, in pages', async () => {
    const other = { ...VARIABLE, variable: { name: 'ResetRetries', instance: 'x' }, attributes: [], monitors: [] };
    api.ports.deviceVariableRows.push(VARIABLE, {
      ...other,
      characteristics: null,
      goneAt: AT,
      flags: ['text-cut:name'],
    });
    const first = (await get('variables?limit=1')).body as List;
    assert.deepEqual(first.items, [VARIABLE]);
    const second = (await get(`variables?limit=1&cursor=${first.nextCursor}`)).body as List;
    assert.deepEqual([second.items.length, second.nextCursor], [1, null]);
    const filter = {
      component: 'OCPPCommCtrlr',
      componentInstance: 'a',
      evseId: '1',
      connectorId: '2',
      variable: 'HeartbeatInterval',
      variableInstance: 'b',
      search: 'heart',
      mutability: 'ReadWrite',
      rebootRequired: 'true',
      problem: 'false',
      gone: 'false',
    };
    assert.equal((await get(`variables?${new URLSearchParams(filter)}`)).status, 200);
    assert.deepEqual(api.ports.seen.deviceFilter, {
      ...filter,
      evseId: 1,
      connectorId: 2,
      rebootRequired: true,
      problem: false,
      gone: false,
    });
    for (const wrong of ['mutability=Sometimes', 'evseId=-1', 'evseId=x', 'gone=perhaps', 'color=red']) {
      assert.equal((await get(`variables?${wrong}`)).status, 400, wrong);
    }
  });

  it('shows reports, monitors and events', async () => {
    api.ports.deviceReportRows.push({
      id: uuidv7(),
      kind: 'device',
      requestId: 7,
      status: 'receiving',
      base: 'FullInventory',
      commandId: uuidv7(),
      partsReceived: 3,
      partsExpected: null,
      itemsReceived: 42,
      generatedAt: AT,
      requestedAt: AT,
      firstPartAt: AT,
      lastPartAt: AT,
      finishedAt: null,
      flags: [],
    });
    api.ports.deviceMonitorRows.push({ ...NAME, ...MONITOR });
    api.ports.deviceEventRows.push({
      ...NAME,
      id: uuidv7(),
      eventId: 1,
      trigger: 'Alerting',
      notificationType: 'HardWiredNotification',
      actualValue: 'true',
      monitorId: null,
      cause: null,
      techCode: null,
      techInfo: 'a fan',
      cleared: false,
      stationTransactionId: null,
      occurredAt: AT,
      effectiveAt: AT,
      receivedAt: AT,
      flags: [],
    });
    assert.deepEqual(((await get('device-reports?requestId=7')).body as List).items, api.ports.deviceReportRows);
    assert.deepEqual(api.ports.seen.deviceFilter, { requestId: 7 });
    assert.deepEqual(((await get('monitors?gone=true')).body as List).items, api.ports.deviceMonitorRows);
    assert.deepEqual(api.ports.seen.deviceFilter, { gone: true });
    const events = await get('device-events?component=Fan&variable=Problem');
    assert.deepEqual((events.body as List).items, api.ports.deviceEventRows);
    assert.deepEqual(api.ports.seen.deviceFilter, { component: 'Fan', variable: 'Problem' });
    for (const rest of ['variables', 'device-reports', 'monitors', 'device-events']) {
      assert.equal((await api.call('GET', `/api/v1/stations/NOBODY/${rest}`)).status, 404, rest);
    }
  });

  it('is set by a command', async () => {
    const variables = [{ component: { name: 'OCPPCommCtrlr' }, variable: 'HeartbeatInterval', value: '60' }];
    const answer = await api.call('PATCH', path('variables'), { body: { variables, timeoutSeconds: 60 } });
    assert.equal(answer.status, 202);
    const [command] = api.ports.commandRows;
    assert.deepEqual(
      [command?.action, command?.payload, command?.requestedBy],
      ['set-variables', { variables }, 'admin@example.com'],
    );
    assert.equal(answer.headers.get('Location'), `/api/v1/commands/${command?.id}`);
    assert.deepEqual(api.ports.seen.allowed, ['configure']);
    const log = (await api.call('GET', '/api/v1/audit-log?action=station.command')).body as List;
    assert.deepEqual((log.items[0] as { after: unknown }).after, {
      commandId: command?.id,
      action: 'set-variables',
      payload: { variables },
    });
    for (const wrong of [{}, { variables: [] }, { variables: [{ variable: 'X' }] }, { variables, force: true }]) {
      assert.equal((await api.call('PATCH', path('variables'), { body: wrong })).status, 400, JSON.stringify(wrong));
    }
  });

  it('is asked for by a command', async () => {
    const bodies: [object | undefined, string, object][] = [
      [undefined, 'get-base-report', { reportBase: 'FullInventory' }],
      [{ reportBase: 'SummaryInventory' }, 'get-base-report', { reportBase: 'SummaryInventory' }],
      [{ variables: [{ variable: 'A' }] }, 'get-variables', { variables: [{ variable: 'A' }] }],
    ];
    for (const [body, action, payload] of bodies) {
      const answer = await api.call('POST', path('variables/refresh'), body === undefined ? {} : { body });
      assert.equal(answer.status, 202);
      const command = api.ports.commandRows.at(-1);
      assert.deepEqual([command?.action, command?.payload], [action, payload]);
      assert.deepEqual(api.ports.seen.allowed, ['operate']);
    }
    assert.equal((await api.call('POST', path('variables/refresh'), { body: { reportBase: 'All' } })).status, 400);
  });

  it('is read and asked for, but not set, by the control room', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    for (const rest of ['variables', 'device-reports', 'monitors', 'device-events']) {
      assert.equal((await get(rest, token)).status, 200, rest);
    }
    assert.equal((await api.call('POST', path('variables/refresh'), { token })).status, 202);
    const body = { variables: [{ variable: 'A', value: '1' }] };
    const refused = await api.call('PATCH', path('variables'), { token, body });
    assert.deepEqual([refused.status, code(refused)], [403, 'auth.permission_missing']);
    assert.equal((await api.call('GET', path('variables'), { token: null })).status, 401);
  });

  it('is not there for somebody who may not see the station', async () => {
    const made = await api.call('POST', '/api/v1/organizations', { body: { name: 'Other' } });
    const { id } = made.body as { id: string };
    const scope = { kind: 'organizations', organizationIds: [id] };
    const token = await api.loginAs({ role: 'monitoring', scope });
    for (const rest of ['variables', 'device-reports', 'monitors', 'device-events']) {
      assert.equal((await get(rest, token)).status, 404, rest);
    }
    assert.equal((await api.call('POST', path('variables/refresh'), { token })).status, 404);
  });
});
