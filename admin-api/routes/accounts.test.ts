import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('accounts', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const ACCOUNTS = '/api/v1/accounts';
  const GROUPS = '/api/v1/account-groups';
  const ann = { kind: 'driver', name: 'Ann', currency: 'EUR' };
  type Row = Record<string, unknown> & { id: string };
  const make = async (facts: object = {}): Promise<Row> => {
    const { status, body } = await api.call('POST', ACCOUNTS, { body: { ...ann, ...facts } });
    assert.equal(status, 201);
    return body;
  };
  const audited = async (): Promise<Record<string, unknown>[]> =>
    ((await api.call('GET', '/api/v1/audit-log')).body as { items: Record<string, unknown>[] }).items;

  it('are added, read, changed, and audited', async () => {
    const address = { street: '1 Kai', city: 'Hamburg', country: 'DEU' };
    const { status, headers, body } = await api.call('POST', ACCOUNTS, { body: { ...ann, address, email: null } });
    const { id } = body as Row;
    assert.deepEqual([status, headers.get('Location')], [201, `${ACCOUNTS}/${id}`]);
    assert.deepEqual((await api.call('GET', `${ACCOUNTS}/${id}`)).body, body);
    const change = { status: 'blocked', paymentMode: 'card', defaultPaymentMethodId: uuidv7(), taxId: 'DE1' };
    const changed = await api.call('PATCH', `${ACCOUNTS}/${id}`, { body: change });
    assert.deepEqual([changed.status, changed.body], [200, { ...(body as Row), ...change }]);
    const [update, create] = await audited();
    assert.deepEqual([create?.action, create?.objectId, create?.after], ['account.create', id, body]);
    assert.deepEqual([update?.action, update?.before, update?.after], ['account.update', body, changed.body]);
    assert.equal((await api.call('GET', `${ACCOUNTS}/${uuidv7()}`)).status, 404);
    assert.equal((await api.call('GET', `${ACCOUNTS}/none`)).status, 404);
    assert.equal((await api.call('PATCH', `${ACCOUNTS}/${uuidv7()}`, { body: {} })).status, 404);
  });

  it('are listed in pages, with filters', async () => {
    for (const name of ['A', 'B', 'C']) await make({ name });
    const first = (await api.call('GET', `${ACCOUNTS}?limit=2`)).body as { items: Row[]; nextCursor: string };
    const rest = (await api.call('GET', `${ACCOUNTS}?limit=2&cursor=${first.nextCursor}`)).body as { items: Row[] };
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ name }) => name),
      ['C', 'B', 'A'],
    );
    const groupId = uuidv7();
    const query = `kind=driver&status=active&paymentMode=prepaid&search=ann&groupId=${groupId}`;
    assert.equal((await api.call('GET', `${ACCOUNTS}?${query}`)).status, 200);
    assert.deepEqual(api.ports.fakeAccounts.lastFilter, {
      kind: 'driver',
      status: 'active',
      paymentMode: 'prepaid',
      search: 'ann',
      groupId,
    });
    for (const bad of ['kind=robot', 'status=dead', 'groupId=1', 'limit=501', 'name=A', `search=${'x'.repeat(201)}`]) {
      assert.equal((await api.call('GET', `${ACCOUNTS}?${bad}`)).status, 400, bad);
    }
  });

  it('are refused when they make no sense', async () => {
    const { id } = await make();
    for (const bad of [
      { kind: 'robot' },
      { name: '' },
      { name: '  ' },
      { name: 'x'.repeat(201) },
      { name: 'a\u0000' },
      { currency: 'euro' },
      { currency: 'XXQ' },
      { email: 'ann' },
      { language: 'de' },
      { status: 'gone' },
      { paymentMode: 'free' },
      { groupId: 'one' },
      { address: { street: '1 Kai' } },
      { address: { street: '1 Kai', city: 'Hamburg', country: 'Germany' } },
      { taxId: 'x'.repeat(51) },
      { organizationId: 'one' },
      { more: 1 },
    ]) {
      assert.equal((await api.call('POST', ACCOUNTS, { body: { ...ann, ...bad } })).status, 400, JSON.stringify(bad));
    }
    for (const bad of [{ currency: 'CNY' }, { kind: 'company' }, { name: null }, { language: null }]) {
      assert.equal((await api.call('PATCH', `${ACCOUNTS}/${id}`, { body: bad })).status, 400, JSON.stringify(bad));
    }
  });

  it('are in groups', async () => {
    const made = await api.call('POST', GROUPS, { body: { name: 'Fleet' } });
    const { id } = made.body as Row;
    assert.deepEqual([made.status, made.headers.get('Location')], [201, `${GROUPS}/${id}`]);
    const again = await api.call('POST', GROUPS, { body: { name: 'Fleet' } });
    assert.deepEqual([again.status, (again.body as { code: string }).code], [409, 'account_group.exists']);
    const renamed = await api.call('PATCH', `${GROUPS}/${id}`, { body: { name: 'Vans' } });
    assert.deepEqual((await api.call('GET', `${GROUPS}/${id}`)).body, renamed.body);
    assert.deepEqual((await api.call('GET', GROUPS)).body, { items: [renamed.body], nextCursor: null });
    assert.equal((await api.call('GET', `${GROUPS}?organizationId=${uuidv7()}`)).status, 200);
    for (const body of [{}, { name: '' }, { name: 'x'.repeat(201) }]) {
      assert.equal((await api.call('POST', GROUPS, { body })).status, 400);
    }
    const actions = (await audited()).map(({ action }) => action);
    assert.deepEqual(actions.slice(0, 2), ['account-group.update', 'account-group.create']);
  });

  it('have a wallet: what is in it, and what has moved', async () => {
    const { id } = await make();
    const wallet = `${ACCOUNTS}/${id}/wallet`;
    assert.deepEqual((await api.call('GET', wallet)).body, {
      accountId: id,
      available: { amount: '0.00', currency: 'EUR' },
      held: { amount: '0.00', currency: 'EUR' },
      owed: { amount: '0.00', currency: 'EUR' },
      owedInOtherCurrencies: [],
    });
    const amount = { amount: '5.00', currency: 'EUR' };
    const at = '2026-05-01T00:00:00.000Z';
    const { fakeAccounts } = api.ports;
    fakeAccounts.movementRows.push({
      entryId: uuidv7(),
      number: 1,
      kind: 'top-up',
      reference: { type: 'account', id },
      description: 'Cash',
      at,
      amount,
      available: amount,
    });
    fakeAccounts.holdRows.push({
      intentId: uuidv7(),
      accountId: id,
      amount,
      state: 'open',
      transactionId: null,
      createdAt: at,
      releasedAt: null,
    });
    const statement = (await api.call('GET', `${wallet}/statement`)).body as { items: object[] };
    const holds = (await api.call('GET', `${wallet}/holds?state=open`)).body as { items: object[] };
    assert.deepEqual([statement.items, holds.items], [fakeAccounts.movementRows, fakeAccounts.holdRows]);
    assert.deepEqual(fakeAccounts.lastFilter, { state: 'open' });
    assert.equal((await api.call('GET', `${wallet}/holds?state=lost`)).status, 400);
    for (const path of ['', '/statement', '/holds']) {
      assert.equal((await api.call('GET', `${ACCOUNTS}/${uuidv7()}/wallet${path}`)).status, 404, path);
    }
  });

  it('are topped up once for a key, however often the request comes', async () => {
    const { id } = await make();
    const topUps = `${ACCOUNTS}/${id}/wallet/top-ups`;
    const body = { amount: { amount: '5.00', currency: 'EUR' }, reason: 'Cash' };
    const first = await api.call('POST', topUps, { body, headers: { 'Idempotency-Key': 'one' } });
    const { entryId } = first.body as { entryId: string };
    assert.deepEqual([first.status, first.headers.get('Location')], [201, `/api/v1/ledger/entries/${entryId}`]);
    const again = await api.call('POST', topUps, { body, headers: { 'Idempotency-Key': 'one' } });
    assert.deepEqual([again.status, again.headers.get('Idempotency-Replayed')], [201, 'true']);
    // Where the answer is not kept any more, the ledger still knows the key.
    await api.database.pool.query('delete from identity.idempotency_keys');
    const late = await api.call('POST', topUps, { body, headers: { 'Idempotency-Key': 'one' } });
    assert.deepEqual([late.status, (late.body as { entryId: string }).entryId], [200, entryId]);
    await api.call('POST', topUps, { body });
    await api.call('POST', topUps, { body });
    const keys = [...api.ports.fakeAccounts.topUps.keys()];
    const [{ userId }] = (await api.database.pool.query('select id as "userId" from identity.users')).rows;
    assert.deepEqual([keys.length, keys[0]], [3, `${userId}/one`]);
    const [entry] = await audited();
    assert.deepEqual([entry?.action, entry?.objectId], ['account.top-up', id]);
    for (const bad of [
      {},
      { ...body, reason: ' ' },
      { ...body, reason: 'x'.repeat(301) },
      { ...body, amount: '5.00' },
      { ...body, amount: { amount: '5', currency: 'EUR', more: 1 } },
      ...['05.00', '00', '00.50', '.5', '5.', '+5', ' 5'].map((amount) => ({
        ...body,
        amount: { amount, currency: 'EUR' },
      })),
      { ...body, amount: { amount: '1'.repeat(21), currency: 'EUR' } },
    ]) {
      assert.equal((await api.call('POST', topUps, { body: bad })).status, 400, JSON.stringify(bad));
    }
  });

  it('are nothing to those without the permission, or of another organisation', async () => {
    const { id } = await make();
    const monitoring = await api.loginAs({ role: 'monitoring' });
    for (const [method, path, body] of [
      ['GET', ACCOUNTS, undefined],
      ['GET', `${ACCOUNTS}/${id}/wallet`, undefined],
      ['POST', ACCOUNTS, ann],
      ['PATCH', `${ACCOUNTS}/${id}`, {}],
      ['POST', `${ACCOUNTS}/${id}/wallet/top-ups`, {}],
      ['GET', GROUPS, undefined],
      ['POST', GROUPS, {}],
    ] as const) {
      assert.equal((await api.call(method, path, { body, token: monitoring })).status, 403, path);
    }
    const other = (await api.call('POST', '/api/v1/organizations', { body: { name: 'Other' } })).body as Row;
    const scope = { kind: 'organizations', organizationIds: [other.id] };
    const token = await api.loginAs({ role: 'administrator', scope });
    assert.equal((await api.call('GET', `${ACCOUNTS}/${id}`, { token })).status, 404);
    assert.deepEqual((await api.call('GET', ACCOUNTS, { token })).body, { items: [], nextCursor: null });
  });
});
