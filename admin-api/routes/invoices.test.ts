import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

describe('routes of invoices', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, (body as { code: string }).code];
  const post = (path: string, body: object, more: object = {}) => api.call('POST', `/api/v1${path}`, { body, ...more });
  const issue = async () => (await post('/invoices', { cdrId: uuidv7() })).body as { id: string; number: string };
  const audited = async (action: string) => {
    const { body } = await api.call('GET', `/api/v1/audit-log?action=${action}&limit=50`);
    return (body as { items: { objectId: string }[] }).items.map(({ objectId }) => objectId);
  };

  it('issue for a record, and say so when it had been issued', async () => {
    const cdrId = uuidv7();
    const made = await post('/invoices', { cdrId });
    const { id } = made.body as { id: string };
    assert.deepEqual([made.status, made.headers.get('Location')], [201, `/api/v1/invoices/${id}`]);
    assert.deepEqual(api.ports.invoicing.seen.request, { cdrId });
    const again = await post('/invoices', { cdrId });
    assert.deepEqual([again.status, again.body], [200, made.body]);
    assert.deepEqual(
      (await audited('invoice.issue')).filter((objectId) => objectId === id),
      [id],
    );
  });

  it('issue for an account and a time', async () => {
    const request = { accountId: uuidv7(), from: '2026-05-01T00:00:00+02:00', to: '2026-06-01T00:00:00+02:00' };
    assert.equal((await post('/invoices', request)).status, 201);
    assert.deepEqual(api.ports.invoicing.seen.request, request);
    const refused = async (body: object) => assert.deepEqual(codeOf(await post('/invoices', body))[0], 400);
    await refused({});
    await refused({ cdrId: 'x' });
    await refused({ ...request, cdrId: uuidv7() });
    await refused({ ...request, to: 'tomorrow' });
    await refused({ ...request, currency: 'ZZZ' });
    await refused({ accountId: request.accountId, from: request.from });
  });

  it('list with filters, and show what is printed', async () => {
    const { id } = await issue();
    const accountId = uuidv7();
    const list = await api.call('GET', `/api/v1/invoices?accountId=${accountId}&kind=invoice&limit=1`);
    assert.equal((list.body as { items: object[] }).items.length, 1);
    assert.deepEqual(api.ports.invoicing.seen.filter, { accountId, kind: 'invoice' });
    assert.equal((await api.call('GET', '/api/v1/invoices?kind=bill')).status, 400);
    const detail = await api.call('GET', `/api/v1/invoices/${id}`);
    assert.equal((detail.body as { content: { charges: object[] } }).content.charges.length, 1);
    assert.deepEqual(codeOf(await api.call('GET', `/api/v1/invoices/${uuidv7()}`)), [404, 'invoice.not_found']);
  });

  it('give out the PDF as a download, in the language that is asked for', async () => {
    const { id, number } = await issue();
    const answer = await api.call('GET', `/api/v1/invoices/${id}/pdf?language=zh`);
    assert.deepEqual([answer.status, answer.body], [200, '%PDF-1.7 of a test']);
    assert.equal(answer.headers.get('Content-Disposition'), `attachment; filename="invoice-${number}.pdf"`);
    assert.equal(api.ports.invoicing.seen.language, 'zh');
    await api.call('GET', `/api/v1/invoices/${id}/pdf`);
    assert.equal(api.ports.invoicing.seen.language, null);
    assert.equal((await api.call('GET', `/api/v1/invoices/${id}/pdf?language=de`)).status, 400);
    assert.deepEqual(codeOf(await api.call('GET', `/api/v1/invoices/${uuidv7()}/pdf`)), [404, 'invoice.not_found']);
  });

  it('take an invoice back once, for a reason', async () => {
    const { id } = await issue();
    const made = await post(`/invoices/${id}/credit-notes`, { reason: 'wrong customer' });
    assert.equal(made.status, 201);
    assert.equal(api.ports.invoicing.seen.reason, 'wrong customer');
    const again = await post(`/invoices/${id}/credit-notes`, { reason: 'wrong customer' });
    assert.deepEqual([again.status, again.body], [200, made.body]);
    assert.deepEqual(await audited('invoice.credit'), [(made.body as { id: string }).id]);
    for (const reason of ['', 'x'.repeat(301), 'two\nlines', undefined]) {
      assert.equal((await post(`/invoices/${id}/credit-notes`, { reason })).status, 400, reason);
    }
  });

  it('queue e-mails', async () => {
    const { id } = await issue();
    const queued = await post(`/invoices/${id}/emails`, { to: 'somebody@example.com', language: 'zh' });
    assert.equal(queued.status, 202);
    assert.deepEqual(api.ports.invoicing.seen.email, { to: 'somebody@example.com', language: 'zh' });
    assert.equal((await post(`/invoices/${id}/emails`, {})).status, 202);
    assert.equal((await post(`/invoices/${id}/emails`, { to: 'a@x.example, b@x.example' })).status, 400);
    assert.equal((await audited('invoice.email')).length, 2);
  });

  it('keep the issuer of each organisation', async () => {
    const path = `/api/v1/organizations/${api.ports.organizationId}/invoice-issuer`;
    assert.deepEqual(codeOf(await api.call('GET', path)), [404, 'invoice.issuer_not_set']);
    const body = { name: 'Operator', addressLines: ['Street 1', '12345 Town'], timeZone: 'Europe/Berlin' };
    const set = await api.call('PUT', path, { body });
    assert.equal(set.status, 200);
    assert.deepEqual((await api.call('GET', path)).body, set.body);
    assert.deepEqual(await audited('invoice-issuer.set'), [api.ports.organizationId]);
    for (const bad of [{ name: '' }, { addressLines: Array(9).fill('x') }, { email: 'x' }, { note: 'a\u0000' }]) {
      assert.equal((await api.call('PUT', path, { body: { ...body, ...bad } })).status, 400, JSON.stringify(bad));
    }
    assert.equal((await api.call('PUT', `/api/v1/organizations/${uuidv7()}/invoice-issuer`, { body })).status, 404);
  });

  it('are for roles that have to do with invoices', async () => {
    const token = await api.loginAs({ role: 'monitoring' });
    const { id } = await issue();
    assert.equal((await api.call('GET', '/api/v1/invoices', { token })).status, 403);
    assert.equal((await api.call('GET', `/api/v1/invoices/${id}/pdf`, { token })).status, 403);
    assert.equal((await post('/invoices', { cdrId: uuidv7() }, { token })).status, 403);
    assert.equal((await post(`/invoices/${id}/credit-notes`, { reason: 'x' }, { token })).status, 403);
  });
});
