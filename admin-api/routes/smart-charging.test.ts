import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

interface List {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

const AT = '2026-05-01T00:00:00.000Z';
const PROFILE = {
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: {
    startSchedule: AT,
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
  },
};

describe('reservations and smart charging', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
    await api.call('POST', '/api/v1/stations', { body: { id: 'a/b' } });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;
  const get = async (path: string, token?: string) =>
    api.call('GET', `/api/v1${path}`, token === undefined ? {} : { token });
  const list = async (path: string) => (await get(path)).body as List;
  const reserve = (body: object, more: object = {}) =>
    api.call('POST', '/api/v1/stations/a%2Fb/reservations', { body, ...more });

  it('reservations: reserve, list, get, cancel', async () => {
    const input = { evseId: 1, idToken: 'CARD', groupIdToken: 'FLEET', expiresAt: AT, timeoutSeconds: 20 };
    const made = await reserve(input);
    assert.equal(made.status, 202);
    const reservation = made.body as { id: string; commandId: string; status: string; createdBy: string };
    assert.equal(made.headers.get('Location'), `/api/v1/reservations/${reservation.id}`);
    assert.deepEqual([reservation.status, reservation.createdBy], ['requested', 'admin@example.com']);
    assert.deepEqual(api.ports.seen.allowed, ['operate']);
    assert.deepEqual(((await get(`/commands/${reservation.commandId}`)).body as { payload: object }).payload, {
      evseId: 1,
      idToken: 'CARD',
      groupIdToken: 'FLEET',
      expiresAt: AT,
    });
    assert.deepEqual((await get(`/reservations/${reservation.id}`)).body, made.body);
    assert.deepEqual((await list('/reservations?stationId=a%2Fb&status=requested&idToken=card')).items, [made.body]);
    assert.deepEqual((await list('/reservations?status=active')).items, []);
    assert.equal((await get('/reservations?status=perhaps')).status, 400);
    assert.equal((await get(`/reservations/${uuidv7()}`)).status, 404);

    const cancelled = await api.call('DELETE', `/api/v1/reservations/${reservation.id}`);
    assert.equal(cancelled.status, 202);
    const command = cancelled.body as { id: string; action: string };
    assert.equal(command.action, 'cancel-reservation');
    assert.equal(cancelled.headers.get('Location'), `/api/v1/commands/${command.id}`);
    api.ports.reservationRows.splice(0, 1, {
      ...(made.body as never as (typeof api.ports.reservationRows)[0]),
      status: 'used',
    });
    const over = await api.call('DELETE', `/api/v1/reservations/${reservation.id}`);
    assert.deepEqual([over.status, code(over)], [409, 'reservation.over']);
    const entries = (await list('/audit-log')).items.filter(({ objectType }) => objectType === 'reservation');
    assert.deepEqual(
      entries.map(({ action, objectId }) => [action, objectId]),
      [
        ['reservation.cancel', reservation.id],
        ['reservation.create', reservation.id],
      ],
    );
  });

  it('reservations: refuse what is no reservation, and who may not operate', async () => {
    for (const wrong of [
      {},
      { idToken: 'CARD', expiresAt: 'soon' },
      { idToken: 'CARD', expiresAt: AT, reservationId: 5 },
      { idToken: '', expiresAt: AT },
    ]) {
      assert.equal((await reserve(wrong)).status, 400, JSON.stringify(wrong));
    }
    const unknown = await api.call('POST', '/api/v1/stations/none/reservations', {
      body: { idToken: 'CARD', expiresAt: AT },
    });
    assert.equal(unknown.status, 404);
    const token = await api.loginAs({ role: 'monitoring' });
    const made = await reserve({ idToken: 'CARD', expiresAt: AT }, { token });
    assert.equal(made.status, 202);
    const outside = await api.loginAs({
      role: 'monitoring',
      scope: { kind: 'organizations', organizationIds: [await otherOrganization()] },
    });
    const { id } = made.body as { id: string };
    assert.equal((await get(`/reservations/${id}`, outside)).status, 404);
    assert.equal((await reserve({ idToken: 'CARD', expiresAt: AT }, { token: outside })).status, 404);
  });

  it('charging profiles: set, clear, list', async () => {
    const path = '/api/v1/stations/a%2Fb/charging-profiles';
    const made = await api.call('POST', path, { body: { evseId: 1, chargingProfile: PROFILE } });
    assert.equal(made.status, 202);
    const command = made.body as { id: string; action: string; payload: object };
    assert.deepEqual(
      [command.action, command.payload],
      ['set-charging-profile', { evseId: 1, chargingProfile: PROFILE }],
    );
    assert.equal(made.headers.get('Location'), `/api/v1/commands/${command.id}`);
    assert.deepEqual(api.ports.seen.allowed, ['configure']);
    const query = '?evseId=0&chargingProfilePurpose=TxDefaultProfile&stackLevel=2&chargingProfileId=7';
    const cleared = await api.call('DELETE', path + query);
    assert.equal(cleared.status, 202);
    assert.deepEqual((cleared.body as { payload: object }).payload, {
      evseId: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      stackLevel: 2,
      chargingProfileId: 7,
    });
    assert.equal((await api.call('DELETE', path)).status, 202);
    assert.equal((await api.call('DELETE', `${path}?evseId=x`)).status, 400);
    assert.equal((await api.call('DELETE', `${path}?everything=true`)).status, 400);
    assert.equal((await api.call('POST', path, { body: { evseId: 1, chargingProfile: {} } })).status, 400);

    const shown = {
      id: uuidv7(),
      stationId: 'a/b',
      evseId: 1,
      source: 'CSO',
      chargingProfileId: 1,
      chargingProfilePurpose: 'TxDefaultProfile',
      stackLevel: 0,
      chargingProfile: PROFILE,
      transactionId: null,
      setAt: AT,
      reportedAt: null,
      clearedAt: null,
      clearReason: null,
    };
    api.ports.chargingProfileRows.push(shown, { ...shown, clearedAt: AT, clearReason: 'replaced' });
    const transactionId = uuidv7();
    const filter = `evseId=1&stackLevel=0&source=CSO&transactionId=${transactionId}&history=true`;
    const page = await list(`/stations/a%2Fb/charging-profiles?limit=1&chargingProfilePurpose=TxProfile&${filter}`);
    assert.deepEqual([page.items, page.nextCursor], [[shown], '1']);
    assert.deepEqual(api.ports.seen.profileFilter, {
      evseId: 1,
      chargingProfilePurpose: 'TxProfile',
      stackLevel: 0,
      source: 'CSO',
      transactionId,
      history: true,
    });
    const entry = (await list('/audit-log')).items.find(({ action }) => action === 'station.command');
    assert.ok(entry);
    assert.equal((entry.after as { action: string }).action, 'clear-charging-profile');
  });

  it('limits, composite schedules and plans of cars: list', async () => {
    const base = '/stations/a%2Fb';
    const limit = {
      id: uuidv7(),
      stationId: 'a/b',
      evseId: null,
      source: 'SO',
      gridCritical: true,
      schedules: [{ id: 1 }],
      setAt: AT,
      reportedAt: AT,
      clearedAt: null,
      flags: [],
    };
    api.ports.chargingLimitRows.push(limit);
    assert.deepEqual((await list(`${base}/charging-limits?evseId=0&source=SO&history=false`)).items, [limit]);
    assert.deepEqual(api.ports.seen.profileFilter, { evseId: 0, source: 'SO', history: false });
    const composite = {
      stationId: 'a/b',
      evseId: 0,
      chargingRateUnit: 'W',
      schedule: { duration: 60 },
      commandId: uuidv7(),
      receivedAt: AT,
    };
    api.ports.compositeScheduleRows.push(composite);
    assert.deepEqual((await list(`${base}/composite-schedules`)).items, [composite]);
    const plan = {
      id: uuidv7(),
      stationId: 'a/b',
      evseId: 1,
      transactionId: uuidv7(),
      kind: 'needs' as const,
      detail: { maxScheduleTuples: null, needs: {} },
      receivedAt: AT,
      flags: ['odd'],
    };
    api.ports.vehiclePlanRows.push(plan);
    const filter = { evseId: 1, transactionId: plan.transactionId, kind: 'needs' };
    const query = new URLSearchParams({ ...filter, evseId: '1' });
    assert.deepEqual((await list(`${base}/vehicle-plans?${query}`)).items, [plan]);
    assert.deepEqual(api.ports.seen.profileFilter, filter);
    for (const path of ['charging-profiles', 'charging-limits', 'composite-schedules', 'vehicle-plans']) {
      assert.equal((await get(`/stations/none/${path}`)).status, 404, path);
    }
  });

  it('charging profiles: are read, not changed, by the control room', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    for (const path of ['charging-profiles', 'charging-limits', 'composite-schedules', 'vehicle-plans']) {
      assert.equal((await get(`/stations/a%2Fb/${path}`, token)).status, 200, path);
    }
    const path = '/api/v1/stations/a%2Fb/charging-profiles';
    const body = { evseId: 1, chargingProfile: PROFILE };
    assert.equal((await api.call('POST', path, { body, token })).status, 403);
    assert.equal((await api.call('DELETE', path, { token })).status, 403);
  });

  const otherOrganization = async (): Promise<string> => {
    const other = await api.call('POST', '/api/v1/organizations', { body: { name: 'Other' } });
    return (other.body as { id: string }).id;
  };
});
