import assert from 'node:assert/strict';
import type { LedgerBalanceView, LedgerEntryView } from '@voltpile/billing/contract/ledger';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('ledger', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const at = '2026-05-01T00:00:00.000Z';
  const amount = { amount: '5.00', currency: 'EUR' };
  const revenue = { kind: 'revenue', accountId: null, provider: null } as const;
  const receivable = { kind: 'receivable', accountId: uuidv7(), provider: null } as const;
  const entry = (): LedgerEntryView => ({
    id: uuidv7(),
    organizationId: api.ports.organizationId,
    currency: 'EUR',
    kind: 'charge',
    reference: { type: 'cdr', id: uuidv7() },
    description: 'Charge at CP1',
    at,
    recordedAt: at,
    postings: [
      { account: receivable, side: 'debit', amount },
      { account: revenue, side: 'credit', amount },
    ],
  });

  it('tells what has happened to money', async () => {
    const rows = [entry(), entry()];
    api.ports.fakeAccounts.entryRows.push(...rows);
    const ids = { accountId: receivable.accountId, referenceId: uuidv7(), organizationId: api.ports.organizationId };
    const query = new URLSearchParams({ kind: 'charge', ...ids, limit: '1' });
    const page = (await api.call('GET', `/api/v1/ledger/entries?${query}`)).body as { nextCursor: string };
    assert.deepEqual(page, { items: [rows[0]], nextCursor: '1' });
    assert.deepEqual(api.ports.fakeAccounts.lastFilter, { kind: 'charge', ...ids });
    assert.deepEqual((await api.call('GET', `/api/v1/ledger/entries/${rows[1]?.id}`)).body, rows[1]);
    assert.equal((await api.call('GET', `/api/v1/ledger/entries/${uuidv7()}`)).status, 404);
    for (const bad of ['kind=gift', 'accountId=1', 'referenceId=1', 'organizationId=1', 'cursor=']) {
      assert.equal((await api.call('GET', `/api/v1/ledger/entries?${bad}`)).status, 400, bad);
    }
  });

  it('tells what stands on its accounts', async () => {
    const row: LedgerBalanceView = {
      id: uuidv7(),
      organizationId: api.ports.organizationId,
      account: revenue,
      side: 'credit',
      amount,
      updatedAt: at,
    };
    api.ports.fakeAccounts.balanceRows.push(row);
    const query = 'kind=revenue&currency=EUR';
    const { body } = await api.call('GET', `/api/v1/ledger/balances?${query}`);
    assert.deepEqual(body, { items: [row], nextCursor: null });
    assert.deepEqual(api.ports.fakeAccounts.lastFilter, { kind: 'revenue', currency: 'EUR' });
    for (const bad of ['kind=purse', 'currency=euro', 'accountId=1']) {
      assert.equal((await api.call('GET', `/api/v1/ledger/balances?${bad}`)).status, 400, bad);
    }
  });

  it('is checked on demand, by those who may see everything', async () => {
    const made = await api.call('POST', '/api/v1/ledger/proofs');
    assert.equal(made.status, 201);
    assert.deepEqual((await api.call('GET', '/api/v1/ledger/proofs')).body, { items: [made.body], nextCursor: null });
    const [noted] = ((await api.call('GET', '/api/v1/audit-log')).body as { items: Record<string, unknown>[] }).items;
    assert.deepEqual([noted?.action, noted?.after], ['ledger.prove', { isSound: true }]);
    const scope = { kind: 'organizations', organizationIds: [api.ports.organizationId] };
    const token = await api.loginAs({ role: 'administrator', scope });
    for (const method of ['GET', 'POST']) {
      assert.equal((await api.call(method, '/api/v1/ledger/proofs', { token })).status, 403);
    }
    assert.equal((await api.call('GET', '/api/v1/ledger/entries', { token })).status, 200);
  });

  it('is nothing to those without the permission', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    for (const path of ['entries', `entries/${uuidv7()}`, 'balances', 'proofs']) {
      assert.equal((await api.call('GET', `/api/v1/ledger/${path}`, { token })).status, 403, path);
    }
    assert.equal((await api.call('POST', '/api/v1/ledger/proofs', { token })).status, 403);
  });
});
