import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import { billingMigrations } from '@voltpile/billing/persistence/migrations';
import { PLATFORM_MIGRATIONS } from '@voltpile/platform/jobs/migrations';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { FAKE_SECRET_KEY, FAKE_WEBHOOK_SECRET, FakeStripe } from '@voltpile/simulators/payments/fake-stripe';
import pg from 'pg';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { startInProcess } from './harness/server-in-process.ts';

const GRANTS = join(import.meta.dirname, '..', 'deploy', 'postgres', 'billing-role.sql');
const DENIED = { code: '42501' };

describe('billing as a role that owns nothing', function () {
  this.timeout(60_000);

  it('charges, is paid, gives back and invoices, and cannot change what it has written', async () => {
    await using owned = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS, billingMigrations] });
    const role = `voltpile_app_${process.pid}`;
    await owned.pool.query(`create role ${role} login password 'secret'`);
    await using undo = new AsyncDisposableStack();
    undo.defer(async () => {
      await owned.pool.query(`drop owned by ${role}`);
      await owned.pool.query(`drop role ${role}`);
    });
    const grants = await readFile(GRANTS, 'utf8');
    for (let times = 0; times < 2; times++) {
      const client = await owned.pool.connect();
      await client.query(`set voltpile.application_role = '${role}'`);
      await client.query(grants);
      client.release();
    }
    const url = new URL(owned.url);
    // By a socket, the user is a parameter.
    if (url.hostname === '') url.searchParams.set('user', role);
    else Object.assign(url, { username: role, password: 'secret' });
    {
      await using stripe = await FakeStripe.start({ retryMs: 20 });
      await using server = await startInProcess({
        config: {
          billingDatabaseUrl: url.href,
          stripeSecretKey: FAKE_SECRET_KEY,
          stripeWebhookSecret: FAKE_WEBHOOK_SECRET,
          stripeApiUrl: stripe.url,
        },
      });
      stripe.webhooks.url = `${server.http}${WEBHOOKS_PATH}/stripe`;
      const api = await server.login();
      const eur = (amount: string) => ({ amount, currency: 'EUR' });
      const [site] = await api.all<{ id: string; organizationId: string }>('/sites');
      assert.ok(site !== undefined);
      const energy = { type: 'ENERGY', price: '0.50', vat: '19', step_size: 1 };
      const content = { currency: 'EUR', elements: [{ price_components: [energy] }] };
      const tariff = await api.post<{ id: string }>('/tariffs', { name: 'Standard', tariff: content });
      await api.post('/tariff-assignments', { tariffId: tariff.id, target: { kind: 'site', siteId: site.id } });
      const { id } = await api.post<{ id: string }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR' });
      await api.post('/id-tokens', { idToken: 'ANN', accountRef: id });
      const setup = await api.post<{ clientAction: { clientSecret: string } }>(
        `/accounts/${id}/payment-methods/setup`,
        undefined,
      );
      stripe.confirmSetup(setup.clientAction.clientSecret, 'pm_card_visa');
      await stripe.webhooks.idle();
      const [method] = await api.all<{ id: string }>(`/accounts/${id}/payment-methods`);
      const topUp = { amount: eur('80.00'), paymentMethodId: method?.id };
      const { payment } = await api.post<{ payment: { id: string; state: string } }>(
        `/accounts/${id}/wallet/card-top-ups`,
        topUp,
      );
      assert.equal(payment.state, 'captured');
      await api.post(`/payments/${payment.id}/refunds`, { amount: eur('7.50'), reason: 'Goodwill' });
      await api.post(`/accounts/${id}/wallet/top-ups`, { amount: eur('10.00'), reason: 'Cash' });

      await using station = await BareStation.connect(server.ocpp, 'CP-0001');
      const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
      const begin = { connectorId: 1, idTag: 'ANN', meterStart: 0, timestamp: at(60) };
      const { transactionId } = await station.call<{ transactionId: number }>('StartTransaction', begin);
      await station.call('StopTransaction', { transactionId, idTag: 'ANN', meterStop: 10_000, timestamp: at(1) });
      const cdr = await eventually('the charge is settled', async () => (await api.all<{ id: string }>('/cdrs'))[0]);
      const issuer = { name: 'Volt', addressLines: [], timeZone: 'Europe/Berlin', language: 'en' };
      await api.request('PUT', `/organizations/${site.organizationId}/invoice-issuer`, issuer);
      const invoice = await api.post<{ id: string }>('/invoices', { cdrId: cdr.id });
      await api.post(`/invoices/${invoice.id}/credit-notes`, { reason: 'A slip' });
      await stripe.webhooks.idle();
      const { isSound, findings, unanswered } = await api.post<{ isSound: boolean; findings: []; unanswered: [] }>(
        '/ledger/proofs',
        undefined,
      );
      assert.deepEqual([isSound, findings, unanswered], [true, [], []]);
      assert.deepEqual(server.log, []);
    }
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { rows: whoami } = await client.query('select current_user as name');
    assert.deepEqual(whoami, [{ name: role }]);
    undo.defer(() => client.end());
    for (const table of ['ledger_entries', 'ledger_postings', 'ledger_accounts', 'cdrs', 'invoices', 'invoice_cdrs']) {
      const { rows } = await client.query(`select * from billing.${table}`);
      assert.ok(rows.length > 0, table);
      const [column] = Object.keys(rows[0]);
      await assert.rejects(client.query(`update billing.${table} set ${column} = ${column}`), DENIED, table);
      await assert.rejects(client.query(`delete from billing.${table}`), DENIED, table);
      await assert.rejects(client.query(`truncate billing.${table} cascade`), DENIED, table);
      await assert.rejects(client.query(`alter table billing.${table} disable trigger all`), DENIED, table);
    }
    await assert.rejects(client.query('set session_replication_role = replica'), DENIED);
    await assert.rejects(client.query('create table billing.other (id int)'), DENIED);
    await assert.rejects(client.query(`update billing.migrations set name = 'x'`), DENIED);
  });
});
