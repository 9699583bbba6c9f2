import assert from 'node:assert/strict';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import { FAKE_SECRET_KEY, FAKE_WEBHOOK_SECRET, FakeStripe } from '@voltpile/simulators/payments/fake-stripe';
import { ApiClient, type Problem } from './harness/api-client.ts';
import { eventually } from './harness/eventually.ts';
import { METERED_STATIONS } from './harness/metered-charge.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';
import { ADMIN } from './harness/server-process.ts';

const NARROW = { email: 'site@example.com', password: 'a password of length' };
const TARIFF = {
  currency: 'EUR',
  tax_included: 'YES',
  elements: [{ price_components: [{ type: 'ENERGY', price: '10', step_size: 1 }] }],
};
const ISSUER = { name: 'Volt', addressLines: [], timeZone: 'Europe/Berlin', language: 'en' };
const MONEY = { amount: '1.00', currency: 'EUR' };
const CARD = 'CARD-1';

/** What belongs to the organisation as a whole, made by somebody who may do so. */
interface Things {
  readonly organization: string;
  readonly account: string;
  readonly group: string;
  readonly method: string;
  readonly payment: string;
  readonly received: string;
  readonly invoice: string;
  readonly entry: string;
  readonly firmware: string;
  readonly tariff: string;
  readonly assignment: string;
}

type Ask = (things: Things) => readonly [path: string, body?: unknown];

/** What is made or changed for an organisation as a whole, by the names of the operations. A 404 each: it is not there. */
const OF_ORGANIZATIONS: Readonly<Record<string, Ask>> = {
  updateOrganization: ({ organization }) => [`/organizations/${organization}`, { name: 'Mine' }],
  setInvoiceIssuer: ({ organization }) => [`/organizations/${organization}/invoice-issuer`, ISSUER],
  createSite: ({ organization }) => ['/sites', { name: 'Mine', organizationId: organization }],
  createIdToken: ({ organization }) => ['/id-tokens', { idToken: 'MINE', organizationId: organization }],
  updateIdToken: () => [`/id-tokens/${CARD}`, { status: 'Blocked' }],
  removeIdToken: () => [`/id-tokens/${CARD}`],
  createAccountGroup: ({ organization }) => ['/account-groups', { name: 'Mine', organizationId: organization }],
  updateAccountGroup: ({ group }) => [`/account-groups/${group}`, { name: 'Mine' }],
  createAccount: ({ organization }) => [
    '/accounts',
    { organizationId: organization, kind: 'driver', name: 'Me', currency: 'EUR' },
  ],
  updateAccount: ({ account }) => [`/accounts/${account}`, { name: 'Me' }],
  topUpWallet: ({ account }) => [`/accounts/${account}/wallet/top-ups`, { amount: MONEY, reason: 'Desk' }],
  topUpByCard: ({ account, method }) => [
    `/accounts/${account}/wallet/card-top-ups`,
    { amount: MONEY, paymentMethodId: method },
  ],
  setUpPaymentMethod: ({ account }) => [`/accounts/${account}/payment-methods/setup`],
  refundPayment: ({ payment }) => [`/payments/${payment}/refunds`, { reason: 'Mine' }],
  bookReceivedPayment: ({ account }) => [
    `/accounts/${account}/received-payments`,
    { amount: MONEY, method: 'cash', reference: 'Desk', receivedOn: '2026-01-01' },
  ],
  reverseReceivedPayment: ({ received }) => [`/received-payments/${received}/reversal`, { reason: 'Mine' }],
  issueInvoice: ({ account }) => [
    '/invoices',
    { accountId: account, from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  ],
  creditInvoice: ({ invoice }) => [`/invoices/${invoice}/credit-notes`, { reason: 'Mine' }],
  emailInvoice: ({ invoice }) => [`/invoices/${invoice}/emails`, { to: 'me@example.com' }],
  removeFirmwareFile: ({ firmware }) => [`/firmware-files/${firmware}`],
  createTariff: ({ organization }) => ['/tariffs', { organizationId: organization, name: 'Mine', tariff: TARIFF }],
  updateTariff: ({ tariff }) => [`/tariffs/${tariff}`, { name: 'Mine' }],
  publishTariffVersion: ({ tariff }) => [`/tariffs/${tariff}/versions`, { tariff: TARIFF }],
  withdrawTariffVersion: ({ tariff }) => [`/tariffs/${tariff}/versions/1`],
  assignTariff: ({ tariff }) => ['/tariff-assignments', { tariffId: tariff, target: { kind: 'organization' } }],
  closeTariffAssignment: ({ assignment }) => [`/tariff-assignments/${assignment}`],
};

/** What belongs to the whole deployment. A 403 each, for people of single organisations, too. */
const OF_ALL: Readonly<Record<string, Ask>> = {
  createOrganization: () => ['/organizations', { name: 'Mine' }],
  createUser: () => ['/users', { email: 'me@example.com', password: NARROW.password, role: 'monitoring' }],
  updateUser: ({ account }) => [`/users/${account}`, { role: 'monitoring' }],
  disableUser: ({ account }) => [`/users/${account}`],
  changeSettings: () => ['/settings', { changes: {}, reason: 'Mine' }],
  rollBackSettings: () => ['/settings/versions/1/rollback', { reason: 'Mine' }],
  planSettingsImport: () => ['/settings/import/plan', { settings: {} }],
  importSettings: () => ['/settings/import', { settings: {}, reason: 'Mine' }],
  proveLedger: () => ['/ledger/proofs', {}],
  runJob: () => ['/jobs/csms.partitions/runs'],
};

/** What belongs to a site and its stations, or to whoever asks, or changes nothing. */
const OF_SITES: ReadonlySet<string> = new Set([
  'login',
  'refresh',
  'logout',
  'validateTariff',
  'previewTariff',
  'rateCdrAgain',
  'decideSettlement',
  'updateSite',
  'registerStation',
  'updateStation',
  'removeStation',
  'submitCommand',
  'sendTariff',
  'setChargingProfile',
  'clearChargingProfiles',
  'startFirmwareUpdate',
  'requestLog',
  'setLocalListPolicy',
  'syncLocalList',
  'setStationMessageLog',
  'applyOfflineRules',
  'createReservation',
  'cancelReservation',
  'setStationVariables',
  'refreshStationVariables',
  'acknowledgeAlarm',
  'clearAlarm',
  'assignAlarm',
  'addAlarmNote',
]);

/** Bodies that are no JSON. */
const OTHERWISE: ReadonlySet<string> = new Set(['uploadFirmwareFile']);

const READS: readonly Ask[] = [
  ({ organization }) => [`/organizations/${organization}/invoice-issuer`],
  () => [`/id-tokens/${CARD}`],
  ({ group }) => [`/account-groups/${group}`],
  ({ account }) => [`/accounts/${account}`],
  ({ account }) => [`/accounts/${account}/wallet`],
  ({ account }) => [`/accounts/${account}/wallet/statement`],
  ({ account }) => [`/accounts/${account}/wallet/holds`],
  ({ account }) => [`/accounts/${account}/payment-methods`],
  ({ payment }) => [`/payments/${payment}`],
  ({ payment }) => [`/payments/${payment}/refunds`],
  ({ received }) => [`/received-payments/${received}`],
  ({ invoice }) => [`/invoices/${invoice}`],
  ({ invoice }) => [`/invoices/${invoice}/pdf`],
  ({ entry }) => [`/ledger/entries/${entry}`],
  ({ firmware }) => [`/firmware-files/${firmware}`],
  ({ firmware }) => [`/firmware-files/${firmware}/content`],
  ({ tariff }) => [`/tariffs/${tariff}`],
  ({ tariff }) => [`/tariffs/${tariff}/versions`],
  ({ tariff }) => [`/tariffs/${tariff}/versions/1`],
  ({ assignment }) => [`/tariff-assignments/${assignment}`],
];

const LISTS = [
  ...['/id-tokens', '/account-groups', '/accounts', '/payments', '/received-payments', '/invoices', '/firmware-files'],
  ...['/tariffs', '/tariff-assignments', '/ledger/entries', '/ledger/balances'],
];

describe('who may see single sites only', function () {
  this.timeout(60_000);
  let stripe: FakeStripe;
  let server: ServerInProcess;
  let api: ApiClient;
  let narrow: ApiClient;
  let things: Things;
  let transactionId: string;
  /** The methods of those that make or change something. */
  const operations = new Map<string, string>();

  before(async () => {
    stripe = await FakeStripe.start({ retryMs: 20 });
    const config = {
      stripeSecretKey: FAKE_SECRET_KEY,
      stripeWebhookSecret: FAKE_WEBHOOK_SECRET,
      stripeApiUrl: stripe.url,
    };
    server = await startInProcess({ config });
    stripe.webhooks.url = `${server.http}${WEBHOOKS_PATH}/stripe`;
    api = await server.login();
    const document = await api.get<{ paths: Record<string, Record<string, { operationId: string }>> }>('/openapi.json');
    for (const item of Object.values(document.paths)) {
      for (const [method, { operationId: id }] of Object.entries(item)) {
        if (method !== 'get') operations.set(id, method.toUpperCase());
      }
    }
    things = await makeThings();
    const [site] = await api.all<{ id: string }>('/sites');
    const scope = { kind: 'sites', siteIds: [site?.id] };
    await api.post('/users', { ...NARROW, role: 'administrator', scope });
    narrow = await ApiClient.login(server.http, NARROW.email, NARROW.password);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await stripe[Symbol.asyncDispose]();
  });

  async function makeThings(): Promise<Things> {
    const make = async (path: string, body: unknown): Promise<string> =>
      (await api.post<{ id: string }>(path, body)).id;
    const [site] = await api.all<{ organizationId: string }>('/sites');
    const organization = site?.organizationId as string;
    assert.equal((await api.request('PUT', `/organizations/${organization}/invoice-issuer`, ISSUER)).status, 200);
    const tariff = await make('/tariffs', { name: 'Dear', tariff: TARIFF });
    const assignment = await make('/tariff-assignments', { tariffId: tariff, target: { kind: 'organization' } });
    const group = await make('/account-groups', { name: 'Fleet' });
    const account = await make('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR', paymentMode: 'postpaid' });
    await api.post('/id-tokens', { idToken: CARD, accountRef: account });
    const setUp = await api.post<{ clientAction: { clientSecret: string } }>(
      `/accounts/${account}/payment-methods/setup`,
      undefined,
    );
    stripe.confirmSetup(setUp.clientAction.clientSecret, 'pm_card_visa');
    await stripe.webhooks.idle();
    const [method] = await api.all<{ id: string }>(`/accounts/${account}/payment-methods`);
    const topUp = { amount: MONEY, paymentMethodId: method?.id };
    const paid = await api.post<{ payment: { id: string } }>(`/accounts/${account}/wallet/card-top-ups`, topUp);
    const received = await api.post<{ payment: { id: string } }>(`/accounts/${account}/received-payments`, {
      ...{ amount: MONEY, method: 'cash', reference: 'Desk', receivedOn: '2026-01-01', keepCredit: true },
    });
    const upload = await uploadFirmware(ADMIN.email, ADMIN.password);
    assert.equal(upload.status, 201);
    const { id: firmware } = (await upload.json()) as { id: string };
    const { identity, open } = METERED_STATIONS['OCPP 1.6'];
    await api.post('/stations', { id: identity, password: null });
    await using station = await open(server);
    await station.start(CARD);
    await station.end(100);
    const record = await eventually('the charge is settled', async () => {
      const [found] = await api.all<{ id: string; transactionIds: string[] }>('/cdrs');
      return found;
    });
    transactionId = record.transactionIds[0] as string;
    const invoice = await make('/invoices', { cdrId: record.id });
    const [entry] = await api.all<{ id: string }>('/ledger/entries');
    return {
      ...{ organization, account, group, method: method?.id as string, payment: paid.payment.id },
      ...{ received: received.payment.id, invoice, entry: entry?.id as string },
      ...{ firmware, tariff, assignment },
    };
  }

  async function uploadFirmware(email: string, password: string): Promise<Response> {
    const { accessToken } = await api.post<{ accessToken: string }>('/auth/login', { email, password });
    return fetch(`${server.http}/api/v1/firmware-files?name=a.bin`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', Authorization: `Bearer ${accessToken}` },
      body: 'firmware',
    });
  }

  it('are judged by every operation that makes or changes something', () => {
    const known = [...Object.keys(OF_ORGANIZATIONS), ...Object.keys(OF_ALL), ...OF_SITES, ...OTHERWISE];
    assert.deepEqual([...operations.keys()].toSorted(), known.toSorted());
  });

  for (const [id, ask] of Object.entries(OF_ORGANIZATIONS)) {
    it(`change nothing of their organisation: ${id}`, async () => {
      const [path, body] = ask(things);
      const answer = await narrow.request(operations.get(id) as string, path, body);
      assert.deepEqual([answer.status, (answer.body as Problem | undefined)?.code?.endsWith('not_found')], [404, true]);
    });
  }

  for (const [id, ask] of Object.entries(OF_ALL)) {
    it(`change nothing of the deployment: ${id}`, async () => {
      const [path, body] = ask(things);
      assert.equal((await narrow.request(operations.get(id) as string, path, body)).status, 403);
    });
  }

  it('bring no firmware', async () => {
    assert.equal((await uploadFirmware(NARROW.email, NARROW.password)).status, 404);
  });

  it('see nothing of what belongs to their organisation as a whole', async () => {
    for (const ask of READS) {
      const [path] = ask(things);
      assert.equal((await api.request('GET', path)).status, 200, path);
      assert.equal((await narrow.request('GET', path)).status, 404, path);
    }
    for (const path of LISTS) {
      assert.notDeepEqual(await api.all(path), [], path);
      assert.deepEqual(await narrow.all(path), [], path);
    }
  });

  it('leave all of it as it was', async () => {
    const issuer = await api.get<{ name: string }>(`/organizations/${things.organization}/invoice-issuer`);
    const account = await api.get<{ name: string }>(`/accounts/${things.account}`);
    const payment = await api.get<{ refunded: { amount: string } }>(`/payments/${things.payment}`);
    assert.deepEqual([issuer.name, account.name, payment.refunded.amount], [ISSUER.name, 'Ann', '0.00']);
  });

  it('decide about the charges of their sites, whoever pays', async () => {
    const answer = await narrow.request('POST', `/transactions/${transactionId}/settlement/decisions`, {
      decision: 'write-off',
      reason: 'The station was broken',
    });
    assert.equal(answer.status, 200);
  });
});
