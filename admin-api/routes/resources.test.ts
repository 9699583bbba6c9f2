import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

interface List {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

describe('resources', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const code = (answer: { body: never }): string => (answer.body as { code: string }).code;
  const get = async (path: string, token?: string) =>
    api.call('GET', `/api/v1${path}`, token === undefined ? {} : { token });
  const list = async (path: string, token?: string) => (await get(path, token)).body as List;
  const audit = async () =>
    (await list('/audit-log')).items.filter(({ action }) => !String(action).startsWith('auth.'));

  it('organisations: add, list in pages, get, change', async () => {
    const made = await api.call('POST', '/api/v1/organizations', { body: { name: 'Nord', countryCode: 'DE' } });
    assert.equal(made.status, 201);
    const { id } = made.body as { id: string };
    assert.equal(made.headers.get('Location'), `/api/v1/organizations/${id}`);
    const changed = await api.call('PATCH', `/api/v1/organizations/${id}`, {
      body: { partyId: 'ABC', countryCode: null },
    });
    assert.deepEqual(changed.body, {
      ...(made.body as object),
      partyId: 'ABC',
      countryCode: null,
    });
    assert.deepEqual((await get(`/organizations/${id}`)).body, changed.body);
    const first = await list('/organizations?limit=1');
    assert.equal(first.items.length, 1);
    const second = await list(`/organizations?limit=1&cursor=${first.nextCursor}`);
    assert.deepEqual([second.items[0]?.id, second.nextCursor], [id, null]);
    assert.equal((await get(`/organizations/${uuidv7()}`)).status, 404);
    assert.equal(
      (await api.call('POST', '/api/v1/organizations', { body: { name: 'x', partyId: 'toolong' } })).status,
      400,
    );
  });

  it('sites: add with defaults, list by organisation, get, change', async () => {
    const made = await api.call('POST', '/api/v1/sites', {
      body: {
        name: 'Garage',
        timeZone: 'Europe/Berlin',
        address: { street: 'Kai 1', city: 'Kiel', country: 'DEU' },
        coordinates: { latitude: '54.32', longitude: '10.13' },
      },
    });
    assert.equal(made.status, 201);
    const site = made.body as { id: string; organizationId: string; address: object };
    assert.equal(site.organizationId, api.ports.organizationId);
    assert.deepEqual(site.address, { street: 'Kai 1', city: 'Kiel', country: 'DEU', postalCode: null });
    const changed = await api.call('PATCH', `/api/v1/sites/${site.id}`, { body: { fundsFallback: 'refuse' } });
    assert.equal((changed.body as { fundsFallback: string }).fundsFallback, 'refuse');
    assert.deepEqual((await get(`/sites/${site.id}`)).body, changed.body);
    assert.equal((await list(`/sites?organizationId=${api.ports.organizationId}`)).items.length, 2);
    assert.equal((await list(`/sites?organizationId=${uuidv7()}`)).items.length, 0);
    for (const wrong of [
      { name: 'x', currency: 'euro' },
      { name: 'x', coordinates: { latitude: '91°', longitude: '0' } },
      { name: 'line\nbreak' },
    ]) {
      assert.equal((await api.call('POST', '/api/v1/sites', { body: wrong })).status, 400, JSON.stringify(wrong));
    }
  });

  it('stations: register with a made-up password that is shown once', async () => {
    const made = await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    assert.equal(made.status, 201);
    assert.ok((made.body as { password?: string }).password);
    const station = await get('/stations/CP1');
    assert.equal('password' in (station.body as object), false);
    const again = await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    assert.deepEqual([again.status, code(again)], [409, 'station.exists']);
    const given = await api.call('POST', '/api/v1/stations', { body: { id: 'CP2', password: 'sixteen-chars-ok' } });
    assert.equal('password' in (given.body as object), false);
    assert.doesNotMatch(JSON.stringify(await audit()), /made-up|sixteen-chars-ok/);
  });

  it('stations: identities with special characters travel percent-encoded', async () => {
    for (const id of ['RDAM|123', 'a/b', 'with space', 'ünï', '100%', '..x']) {
      const made = await api.call('POST', '/api/v1/stations', { body: { id } });
      assert.equal(made.status, 201, id);
      const location = made.headers.get('Location') ?? '';
      assert.equal(location, `/api/v1/stations/${encodeURIComponent(id)}`);
      const found = await api.call('GET', location);
      assert.equal((found.body as { id: string }).id, id);
      const history = await api.call('GET', `${location}/status-history`);
      assert.equal((history.body as List).items[0]?.status, 'Available');
    }
  });

  it('stations: filter, change, remove', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1', registrationStatus: 'Pending' } });
    await api.call('POST', '/api/v1/stations', { body: { id: 'XY2' } });
    const ids = async (query: string) => (await list(`/stations${query}`)).items.map(({ id }) => id);
    assert.deepEqual(await ids('?registrationStatus=Pending'), ['CP1']);
    assert.deepEqual(await ids('?search=xy'), ['XY2']);
    assert.deepEqual(await ids('?online=false'), ['CP1', 'XY2']);
    assert.deepEqual(await ids('?online=true'), []);
    assert.deepEqual(await ids(`?siteId=${uuidv7()}`), []);
    const changed = await api.call('PATCH', '/api/v1/stations/CP1', {
      body: { registrationStatus: 'Accepted', password: 'another-password-1', heartbeatIntervalSeconds: 60 },
    });
    assert.equal((changed.body as { registrationStatus: string }).registrationStatus, 'Accepted');
    const withoutKey = await api.call('PATCH', '/api/v1/stations/CP1', { body: { password: null } });
    assert.equal((withoutKey.body as { hasPassword: boolean }).hasPassword, false);
    assert.equal((await api.call('DELETE', '/api/v1/stations/CP1')).status, 204);
    assert.equal((await get('/stations/CP1')).status, 404);
    assert.equal((await api.call('DELETE', '/api/v1/stations/CP1')).status, 404);
    const entries = await audit();
    assert.deepEqual(
      entries.slice(0, 3).map(({ action, objectId }) => [action, objectId]),
      [
        ['station.delete', 'CP1'],
        ['station.update', 'CP1'],
        ['station.update', 'CP1'],
      ],
    );
    const [, , first] = entries as { before: { registrationStatus: string }; after: Record<string, unknown> }[];
    assert.equal(first?.before.registrationStatus, 'Pending');
    assert.equal(first?.after.passwordChanged, true);
    assert.doesNotMatch(JSON.stringify(entries), /another-password/);
  });

  it('commands: neutral ones with the classes that the role allows, the answer later', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'a/b' } });
    const made = await api.call('POST', '/api/v1/stations/a%2Fb/commands', {
      body: { action: 'reset-station', payload: { type: 'Immediate' }, timeoutSeconds: 30 },
    });
    assert.equal(made.status, 202);
    const command = made.body as { id: string; requestedBy: string; status: string };
    assert.equal(made.headers.get('Location'), `/api/v1/commands/${command.id}`);
    assert.equal(command.status, 'pending');
    assert.equal(command.requestedBy, 'admin@example.com');
    assert.deepEqual(api.ports.seen.allowed, ['operate', 'configure', 'raw-call']);
    assert.deepEqual((await get(`/commands/${command.id}`)).body, command);
    assert.deepEqual((await list('/stations/a%2Fb/commands')).items, [command]);
    assert.equal((await get('/stations/none/commands')).status, 404);
    const unknown = await api.call('POST', '/api/v1/stations/none/commands', {
      body: { action: 'clear-cache', payload: {} },
    });
    assert.equal(unknown.status, 404);
    const bad = await api.call('POST', '/api/v1/stations/a%2Fb/commands', { body: { action: 'reset-station' } });
    assert.equal(bad.status, 400);
    assert.deepEqual((bad.body as { errors: object[] }).errors, [{ path: 'type', message: 'is missing' }]);
    assert.equal(
      (await api.call('POST', '/api/v1/stations/a%2Fb/commands', { body: { action: 'x', payload: [] } })).status,
      400,
    );
  });

  it('commands: raw calls are audited as such, and kept from the control room', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const token = await api.loginAs({ role: 'monitoring' });
    const send = (action: string, as?: string) =>
      api.call('POST', '/api/v1/stations/CP1/commands', {
        body: { action, payload: { type: 'OnIdle' } },
        ...(as === undefined ? {} : { token: as }),
      });
    assert.equal((await send('reset-station', token)).status, 202);
    assert.deepEqual(api.ports.seen.allowed, ['operate']);
    const configure = await send('clear-cache', token);
    assert.deepEqual([configure.status, code(configure)], [403, 'command.not_permitted']);
    assert.equal((await send('VendorAction', token)).status, 403);
    assert.equal((await send('VendorAction')).status, 202);
    const entries = (await audit()).filter(({ objectId }) => objectId === 'CP1');
    assert.deepEqual(
      entries.map(({ action, actorEmail }) => [action, actorEmail]),
      [
        ['station.raw-call', 'admin@example.com'],
        ['station.command', 'user1@example.com'],
        ['station.create', 'admin@example.com'],
      ],
    );
    const [newest] = entries as { after: { action: string; payload: object } }[];
    const after = newest?.after;
    assert.deepEqual([after?.action, after?.payload], ['VendorAction', { type: 'OnIdle' }]);
  });

  it('id tokens: add, find without regard to case, change, remove', async () => {
    const made = await api.call('POST', '/api/v1/id-tokens', {
      body: { idToken: 'CARD/1', type: 'ISO14443', status: 'Accepted', expiresAt: '2030-01-01T00:00:00+01:00' },
    });
    assert.equal(made.status, 201);
    const location = made.headers.get('Location') ?? '';
    assert.equal(location, '/api/v1/id-tokens/CARD%2F1');
    assert.deepEqual((await api.call('GET', location.toLowerCase())).body, made.body);
    const changed = await api.call('PATCH', location, { body: { status: 'Blocked', groupIdToken: 'FLEET' } });
    assert.equal((changed.body as { status: string }).status, 'Blocked');
    assert.equal((await list('/id-tokens?status=Blocked&search=card')).items.length, 1);
    assert.equal((await list('/id-tokens?status=Accepted')).items.length, 0);
    assert.equal((await api.call('DELETE', location)).status, 204);
    assert.equal((await api.call('GET', location)).status, 404);
    const wrong = await api.call('POST', '/api/v1/id-tokens', {
      body: { idToken: 'X', status: 'NoCredit', expiresAt: '2030' },
    });
    assert.deepEqual(
      (wrong.body as { errors: { path: string }[] }).errors.map(({ path }) => path),
      ['status', 'expiresAt'],
    );
    const entry = (await audit()).find(({ action }) => action === 'id-token.update');
    assert.ok(entry);
    assert.equal((entry.before as { status: string }).status, 'Accepted');
    assert.equal((entry.after as { status: string }).status, 'Blocked');
  });

  it('transactions: list by every filter, get, meter values', async () => {
    const one = api.ports.addTransaction();
    api.ports.addTransaction({ stationId: 'CP2', status: 'active', endedAt: null });
    const sample = { phase: null, location: 'Outlet', context: null, format: null, unit: 'Wh' };
    api.ports.meterValueRows.push(
      { timestamp: '2026-05-01T00:00:00Z', measurand: 'Energy.Active.Import.Register', value: 12.5, ...sample },
      { timestamp: '2026-05-01T00:00:00Z', measurand: 'Voltage', value: '229.99999999999999999', ...sample },
    );
    assert.deepEqual((await list('/transactions?stationId=CP1')).items, [one]);
    const query = {
      stationId: 'CP1',
      siteId: api.ports.siteId,
      status: 'ended',
      idToken: 'CARD1',
      parallelGroup: '260501000000',
      from: '2026-01-01T00:00:00Z',
      to: '2027-01-01T00:00:00+08:00',
    };
    assert.equal((await get(`/transactions?${new URLSearchParams(query)}`)).status, 200);
    assert.deepEqual(api.ports.seen.transactionFilter, query);
    assert.deepEqual((await get(`/transactions/${one.id}`)).body, one);
    assert.equal((await get(`/transactions/${uuidv7()}`)).status, 404);
    assert.equal((await list(`/transactions/${one.id}/meter-values`)).items.length, 2);
    assert.deepEqual(
      (await list(`/transactions/${one.id}/meter-values?measurand=Voltage`)).items.map(({ value }) => value),
      ['229.99999999999999999'],
    );
    assert.equal((await get('/transactions?from=yesterday')).status, 400);
    const bill = {
      receivedAt: '2026-05-01T01:00:00Z',
      energyWh: 1234.5,
      lossAdjustedEnergyWh: null,
      amount: { amount: '1.2345', currency: 'CNY' },
      periods: [{ name: 'flat', pricePerKwh: '1', energyWh: 1234.5, lossAdjustedEnergyWh: null, amount: '1.2345' }],
      details: { stopCode: 65, vin: null },
    };
    api.ports.stationBillRows.push(bill, { ...bill, conflicting: true });
    assert.deepEqual((await list(`/transactions/${one.id}/bills`)).items, [bill, { ...bill, conflicting: true }]);
    assert.equal((await get(`/transactions/${uuidv7()}/bills`)).status, 404);
  });

  it('shows a user with a limited scope nothing outside it', async () => {
    const other = await api.call('POST', '/api/v1/organizations', { body: { name: 'Other' } });
    const { id: organizationId } = other.body as { id: string };
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const token = await api.loginAs({
      role: 'monitoring',
      scope: { kind: 'organizations', organizationIds: [organizationId] },
    });
    assert.deepEqual((await list('/stations', token)).items, []);
    assert.equal((await get('/stations/CP1', token)).status, 404);
    assert.deepEqual(
      (await list('/organizations', token)).items.map(({ name }) => name),
      ['Other'],
    );
  });

  it('keeps the control room to reading and operating', async () => {
    await api.call('POST', '/api/v1/stations', { body: { id: 'CP1' } });
    const transaction = api.ports.addTransaction();
    const token = await api.loginAs({ role: 'monitoring' });
    for (const path of [
      '/organizations',
      '/sites',
      '/stations',
      '/stations/CP1',
      '/id-tokens',
      '/transactions',
      `/transactions/${transaction.id}`,
      `/transactions/${transaction.id}/bills`,
    ]) {
      assert.equal((await get(path, token)).status, 200, path);
    }
    const refused: [string, string, object?][] = [
      ['GET', '/users'],
      ['GET', '/roles'],
      ['GET', '/audit-log'],
      ['POST', '/users', {}],
      ['POST', '/organizations', { name: 'x' }],
      ['POST', '/sites', { name: 'x' }],
      ['POST', '/stations', { id: 'x' }],
      ['PATCH', '/stations/CP1', { registrationStatus: 'Accepted' }],
      ['DELETE', '/stations/CP1'],
      ['POST', '/id-tokens', { idToken: 'x' }],
      ['PATCH', '/id-tokens/x', { status: 'Blocked' }],
      ['DELETE', '/id-tokens/x'],
    ];
    for (const [method, path, body] of refused) {
      const answer = await api.call(method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { body }) });
      assert.deepEqual([answer.status, code(answer)], [403, 'auth.permission_missing'], `${method} ${path}`);
    }
  });
});
