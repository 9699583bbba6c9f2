import assert from 'node:assert/strict';
import type { PaymentView } from '@voltpile/billing/contract/payments';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import { FAKE_SECRET_KEY, FAKE_WEBHOOK_SECRET, FakeStripe } from '@voltpile/simulators/payments/fake-stripe';
import { type ApiClient, ApiRefused } from './harness/api-client.ts';
import type { CdrDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { METERED_STATIONS } from './harness/metered-charge.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

/** A watt-hour costs a cent, so that what is held is used up soon. */
const TARIFF = {
  currency: 'EUR',
  tax_included: 'YES',
  elements: [{ price_components: [{ type: 'ENERGY', price: '10', step_size: 1 }] }],
};

interface Balance {
  readonly account: { readonly kind: string };
  readonly side: 'debit' | 'credit';
  readonly amount: { readonly amount: string };
}

interface Charge {
  readonly id: string;
  readonly cost: { readonly amount: string } | null;
  readonly remaining: { readonly amount: string } | null;
}

for (const ports of PORT_STYLES) {
  describe(`who pays by card (ports: ${ports})`, () => {
    let stripe: FakeStripe;
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      stripe = await FakeStripe.start({ retryMs: 20 });
      const config = {
        stripeSecretKey: FAKE_SECRET_KEY,
        stripeWebhookSecret: FAKE_WEBHOOK_SECRET,
        stripeApiUrl: stripe.url,
        holdAmount: '2.00',
      };
      server = await startInProcess({ ports, config });
      stripe.webhooks.url = `${server.http}${WEBHOOKS_PATH}/stripe`;
      api = await server.login();
      const { id } = await api.post<{ readonly id: string }>('/tariffs', { name: 'Dear', tariff: TARIFF });
      await api.post('/tariff-assignments', { tariffId: id, target: { kind: 'organization' } });
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
      await stripe[Symbol.asyncDispose]();
    });
    afterEach('the books agree with the provider', async () => {
      await stripe.webhooks.idle();
      const proof = await api.post<{ isSound: boolean; findings: object[] }>('/ledger/proofs', undefined);
      assert.deepEqual([proof.isSound, proof.findings], [true, []]);
      const balances = await api.all<Balance>('/ledger/balances');
      const held = balances.find(({ account }) => account.kind === 'provider');
      const sign = held?.side === 'credit' ? -1 : 1;
      assert.equal(sign * Math.round(Number(held?.amount.amount ?? 0) * 100), stripe.balanceOf('EUR'));
      assert.deepEqual(server.log, []);
    });

    async function driverWith(card: string, idToken: string): Promise<string> {
      const facts = { kind: 'driver', name: 'Ann', currency: 'EUR', paymentMode: 'card' };
      const { id } = await api.post<{ id: string }>('/accounts', facts);
      const setup = await api.post<{ clientAction: { clientSecret: string } }>(
        `/accounts/${id}/payment-methods/setup`,
        undefined,
      );
      stripe.confirmSetup(setup.clientAction.clientSecret, card);
      await stripe.webhooks.idle();
      await api.post('/id-tokens', { idToken, accountRef: id });
      return id;
    }
    const paymentsOf = (accountId: string) => api.all<PaymentView>(`/payments?accountId=${accountId}`);
    const recordOf = (transactionId: string) =>
      eventually('the charge is settled', async () => {
        const [record] = await api.all<CdrDocument>(`/cdrs?transactionId=${transactionId}`);
        return record;
      });

    it('charges until what is held is used up, and pays what the record says', async () => {
      const { identity, open } = METERED_STATIONS['OCPP 1.6'];
      await api.post('/stations', { id: identity, password: null });
      const accountId = await driverWith('pm_card_visa', 'CARD-1');
      await using station = await open(server);
      await station.start('CARD-1');
      const [held, ...others] = await paymentsOf(accountId);
      assert.deepEqual([held?.state, held?.authorized.amount, others], ['authorized', '2.00', []]);

      await station.measure(150);
      const charge = await eventually('what is left is shown', async () => {
        const [one] = await api.all<Charge>(`/transactions?stationId=${identity}`);
        return one?.remaining?.amount === '0.50' && one;
      });
      await station.measure(200);
      await station.ordered();
      await station.end(203);
      const record = await recordOf(charge.id);
      assert.equal(record.inclVat.amount, '2.03');
      // The few cents above what was held are raised before.
      const captured = await eventually('the card has paid', async () => {
        const [payment] = await paymentsOf(accountId);
        return payment?.state === 'captured' && payment;
      });
      assert.deepEqual([captured.captured.amount, captured.cdrId], ['2.03', record.id]);
      assert.deepEqual(
        stripe.carriedOut.filter(({ operation }) => operation === 'capture').map(({ id }) => id),
        [captured.providerReference],
      );
      const { owed } = await api.get<{ owed: { amount: string } }>(`/accounts/${accountId}/wallet`);
      assert.equal(owed.amount, '0.00');

      const correction = { decision: 'correct', energyWh: 103, reason: 'The display showed 103 Wh' };
      await api.post(`/transactions/${charge.id}/settlement/decisions`, correction);
      const refunded = await eventually('the card has got back what was too much', async () => {
        const [refund] = await api.all<{ state: string; amount: { amount: string } }>(
          `/payments/${captured.id}/refunds`,
        );
        return refund?.state === 'succeeded' && refund;
      });
      assert.equal(refunded.amount.amount, '1.00');
    });

    it('does not charge when the bank says no', async () => {
      const accountId = await driverWith('pm_card_visa_chargeDeclinedInsufficientFunds', 'CARD-2');
      await using station = await BareStation.connect(server.ocpp, 'BY-CARD');
      const { idTagInfo } = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'CARD-2' });
      assert.notEqual(idTagInfo.status, 'Accepted');
      const start = { action: 'start-transaction', payload: { evseId: 1, idToken: 'CARD-2' } };
      await assert.rejects(
        api.post('/stations/BY-CARD/commands', start),
        (error) => error instanceof ApiRefused && error.problem.code === 'command.funds_refused',
      );
      assert.deepEqual(
        (await paymentsOf(accountId)).map(({ state, decline }) => [state, decline?.reason]),
        [
          ['declined', 'insufficient-funds'],
          ['declined', 'insufficient-funds'],
        ],
      );
    });
  });
}
