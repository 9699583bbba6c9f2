import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

/** What is looked at of the answers. */
interface Body {
  readonly id: string;
  readonly target: unknown;
  readonly tariffName: string;
  readonly evseId: number;
  readonly chosen: { readonly assignment: { readonly tariffName: string } } | null;
  readonly items: readonly { readonly action: string }[];
}

describe('assignments of tariffs', () => {
  let api: TestApi;
  let tariffId: string;
  beforeEach(async () => {
    api = await startTestApi();
    tariffId = (await ask('POST', '/tariffs', { name: 'Standard', currency: 'EUR' })).body.id;
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const ask = async (method: string, path: string, body?: unknown, token?: string) => {
    const {
      status,
      body: answer,
      headers,
    } = await api.call(method, `/api/v1${path}`, {
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
    return { status, headers, text: JSON.stringify(answer), body: answer as Body };
  };
  const assign = (target: object, more: object = {}) =>
    ask('POST', '/tariff-assignments', { tariffId, target, ...more });

  it('are made, shown, listed and ended, and all of it is told', async () => {
    const target = {
      kind: 'account-group',
      accountGroupId: uuidv7(),
      place: { kind: 'site', siteId: api.ports.siteId },
    };
    const { status, body, headers } = await assign(target, { validFrom: '2026-06-01T00:00:00Z' });
    assert.equal(status, 201);
    assert.equal(headers.get('Location'), `/api/v1/tariff-assignments/${body.id}`);
    assert.deepEqual(body.target, target);
    assert.equal((await assign(target)).status, 409);
    assert.equal((await ask('GET', `/tariff-assignments/${body.id}`)).body.tariffName, 'Standard');
    await ask('GET', '/tariff-assignments?kind=site&at=2026-06-01T00:00:00Z&stationId=CP1');
    const { kind, at, stationId } = api.ports.fakeTariffs.seen.assignmentFilter as Record<string, string>;
    assert.deepEqual([kind, at, stationId], ['site', '2026-06-01T00:00:00Z', 'CP1']);
    assert.equal((await ask('DELETE', `/tariff-assignments/${body.id}?at=2026-07-01T00:00:00Z`)).status, 204);
    assert.equal(api.ports.fakeTariffs.seen.closedAt, '2026-07-01T00:00:00Z');
    assert.equal((await ask('DELETE', `/tariff-assignments/${uuidv7()}`)).status, 404);
    const log = await ask('GET', '/audit-log?objectType=tariff-assignment');
    assert.deepEqual(
      log.body.items.map(({ action }) => action),
      ['tariff-assignment.close', 'tariff-assignment.create'],
    );
  });

  it('are for a target that can be one', async () => {
    for (const target of [
      { kind: 'everybody' },
      { kind: 'site' },
      { kind: 'site', siteId: 'x' },
      { kind: 'station', stationId: '' },
      { kind: 'evse', stationId: 'CP1' },
      { kind: 'evse', stationId: 'CP1', evseId: 0 },
      { kind: 'organization', siteId: uuidv7() },
      { kind: 'account', accountId: uuidv7(), place: { kind: 'account', accountId: uuidv7() } },
      { kind: 'partner', partnerId: null },
      'organization',
    ]) {
      const { status, text } = await assign(target as object);
      assert.equal(status, 400, text);
      assert.match(text, /"path":"target/);
    }
    assert.equal((await assign({ kind: 'organization' }, { validTo: 'never' })).status, 400);
    assert.equal((await assign({ kind: 'organization' }, { tariffId: uuidv7() })).status, 404);
  });

  it('say which tariff holds at a station, and why', async () => {
    await ask('POST', '/stations', { id: 'CP/7' });
    const path = '/stations/CP%2F7/tariff';
    assert.equal((await ask('GET', path)).body.chosen, null);
    await assign({ kind: 'organization' });
    const accountId = uuidv7();
    const { status, body } = await ask('GET', `${path}?evseId=2&accountId=${accountId}&at=2026-06-01T00:00:00Z`);
    assert.equal(status, 200);
    assert.equal(body.evseId, 2);
    assert.equal(body.chosen?.assignment.tariffName, 'Standard');
    const { accountId: asked, evseId } = api.ports.fakeTariffs.seen.question as Record<string, unknown>;
    assert.deepEqual([asked, evseId], [accountId, 2]);
    assert.equal((await ask('GET', '/stations/CP9/tariff')).status, 404);
    assert.equal((await ask('GET', `${path}?evseId=0`)).status, 400);
    assert.equal((await ask('GET', `${path}?at=now`)).status, 400);
  });

  it('are for those who may publish', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    assert.equal((await ask('GET', '/tariff-assignments', undefined, token)).status, 403);
    const body = { tariffId, target: { kind: 'organization' } };
    assert.equal((await ask('POST', '/tariff-assignments', body, token)).status, 403);
    assert.equal((await ask('DELETE', `/tariff-assignments/${uuidv7()}`, undefined, token)).status, 403);
    assert.equal((await ask('GET', '/stations/CP1/tariff', undefined, token)).status, 403);
  });
});
