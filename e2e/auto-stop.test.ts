import assert from 'node:assert/strict';
import { type ApiClient, ApiRefused, type Problem } from './harness/api-client.ts';
import type { CdrDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { type Dialect, METERED_STATIONS } from './harness/metered-charge.ts';
import { PORT_STYLES, type ServerInProcess, type ServerOptions, startInProcess } from './harness/server-in-process.ts';

interface Money {
  readonly amount: string;
}

interface Wallet {
  readonly available: Money;
  readonly held: Money;
  readonly owed: Money;
}

interface Charge {
  readonly id: string;
  readonly cost: Money | null;
  readonly remaining: Money | null;
}

/** A watt-hour costs a cent, so that a wallet is empty soon. */
const TARIFF = {
  currency: 'CNY',
  tax_included: 'YES',
  elements: [{ price_components: [{ type: 'ENERGY', price: '10', step_size: 1 }] }],
};
const RACES = 10;

const SERVERS: readonly (readonly [label: string, options: ServerOptions])[] = [
  ...PORT_STYLES.map((ports) => [`ports: ${ports}`, { ports }] as const),
  ['a database for each service', { ownDatabases: true }],
];

for (const [label, options] of SERVERS) {
  describe(`what is in a wallet (${label})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      server = await startInProcess(options);
      api = await server.login();
      const [site] = await api.all<{ readonly id: string }>('/sites');
      // The clock of a pile is that of its site.
      await api.patch(`/sites/${site?.id}`, { timeZone: 'Etc/UTC', currency: 'CNY' });
      const { id } = await api.post<{ readonly id: string }>('/tariffs', { name: 'Dear', tariff: TARIFF });
      await api.post('/tariff-assignments', { tariffId: id, target: { kind: 'organization' } });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', async () => {
      const { isSound, findings } = await api.post<{ isSound: boolean; findings: object[] }>(
        '/ledger/proofs',
        undefined,
      );
      assert.deepEqual([isSound, findings], [true, []]);
      assert.deepEqual(server.log, []);
    });

    async function driverWith(amount: string, idTokens: readonly string[]): Promise<string> {
      const { id } = await api.post<{ id: string }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'CNY' });
      await api.post(`/accounts/${id}/wallet/top-ups`, { amount: { amount, currency: 'CNY' }, reason: 'Cash' });
      for (const idToken of idTokens) await api.post('/id-tokens', { idToken, accountRef: id });
      return id;
    }

    const walletOf = async (accountId: string) => {
      const { available, held, owed } = await api.get<Wallet>(`/accounts/${accountId}/wallet`);
      return { available: available.amount, held: held.amount, owed: owed.amount };
    };

    (Object.keys(METERED_STATIONS) as Dialect[]).forEach((dialect, index) => {
      it(`ends a charge that has used it up, at a station of ${dialect}`, async () => {
        const { identity, open } = METERED_STATIONS[dialect];
        await api.post('/stations', { id: identity, password: null });
        const card = `D14B0A5${index}`;
        const accountId = await driverWith('2.00', [card]);
        await using station = await open(server);
        await station.start(card);
        assert.deepEqual(await walletOf(accountId), { available: '0.00', held: '2.00', owed: '0.00' });

        await station.measure(150);
        const charge = await eventually('what is left is shown', async () => {
          const [one] = await api.all<Charge>(`/transactions?stationId=${identity}`);
          return one?.remaining?.amount === '0.50' && one;
        });
        assert.equal(charge.cost?.amount, '1.50');
        await station.measure(190);
        await station.measure(220);
        await station.ordered();
        const stopped = await api.get<Charge>(`/transactions/${charge.id}`);
        assert.deepEqual([stopped.cost?.amount, stopped.remaining?.amount], ['2.20', '0.00']);
        await station.end(221);

        const [record, ...others] = await eventually('the charge is settled', async () => {
          const records = await api.all<CdrDocument>(`/cdrs?transactionId=${charge.id}`);
          return records.length > 0 && records;
        });
        assert.deepEqual([record?.inclVat.amount, record?.accountId, others], ['2.21', accountId, []]);
        // The sample that told that it was too much is what it is too much by, at most, and what flows until the station has stopped.
        assert.deepEqual(await walletOf(accountId), { available: '0.00', held: '0.00', owed: '0.21' });
        const payments = await api.all<{ readonly kind: string }>(`/ledger/entries?referenceId=${record?.id}`);
        assert.deepEqual(payments.map(({ kind }) => kind).sort(), ['charge', 'wallet-payment']);
        // A pile counts the money itself, against what the charge may cost: that stays the same, and never grows with what it is too much by.
        if (station.balances !== undefined) assert.deepEqual(new Set(station.balances), new Set([200]));

        // Nothing is started on what is owed.
        const again = { action: 'start-transaction', payload: { evseId: 1, idToken: card } };
        await assert.rejects(
          api.post(`/stations/${identity}/commands`, again),
          (error) => error instanceof ApiRefused && error.problem.code === 'command.funds_refused',
        );
      });
    });

    // Costs are shown every ten seconds: once is enough.
    if (label === SERVERS[0]?.[0]) {
      it('lasts longer when somebody pays in meanwhile, and a pile is told', async () => {
        const { identity, open } = METERED_STATIONS.YKC;
        const accountId = await driverWith('2.00', ['D14B0A5F']);
        await using station = await open(server);
        await station.start('D14B0A5F');
        await station.measure(150);
        const remains = (amount: string) =>
          eventually(`${amount} are left`, async () => {
            const [one] = await api.all<Charge>(`/transactions?stationId=${identity}&status=active`);
            return one?.remaining?.amount === amount && one;
          });
        await remains('0.50');
        const amount = { amount: '3.00', currency: 'CNY' };
        await api.post(`/accounts/${accountId}/wallet/top-ups`, { amount, reason: 'Cash' });
        await station.measure(160);
        await remains('3.40');
        assert.deepEqual(await walletOf(accountId), { available: '0.00', held: '5.00', owed: '0.00' });
        await eventually('the pile is told', async () => station.balances?.at(-1) === 500);
        await station.measure(510);
        await station.ordered();
        await station.end(511);
        const settled = { available: '0.00', held: '0.00', owed: '0.11' };
        await eventually('the charge is settled', async () => (await walletOf(accountId)).owed === settled.owed);
        assert.deepEqual(await walletOf(accountId), settled);
      }).timeout(60_000);
    }

    it('starts nothing where it is in another currency than what is charged', async () => {
      await using station = await BareStation.connect(server.ocpp, 'ABROAD');
      const { id } = await api.post<{ id: string }>('/accounts', { kind: 'driver', name: 'Bob', currency: 'USD' });
      const amount = { amount: '100.00', currency: 'USD' };
      await api.post(`/accounts/${id}/wallet/top-ups`, { amount, reason: 'Cash' });
      await api.post('/id-tokens', { idToken: 'DOLLARS', accountRef: id });
      const { idTagInfo } = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'DOLLARS' });
      assert.equal(idTagInfo.status, 'Blocked');
      await assert.rejects(
        api.post('/stations/ABROAD/commands', {
          action: 'start-transaction',
          payload: { evseId: 1, idToken: 'DOLLARS' },
        }),
        (error) => error instanceof ApiRefused && error.problem.detail === 'Charging was refused: other-currency.',
      );
      assert.deepEqual(await walletOf(id), { available: '100.00', held: '0.00', owed: '0.00' });
    });

    it('starts one charge of two that are ordered at the same moment', async () => {
      await using one = await BareStation.connect(server.ocpp, 'RACE-1');
      await using other = await BareStation.connect(server.ocpp, 'RACE-2');
      for (const station of [one, other]) {
        station.onCall('RemoteStartTransaction', (call) => call.reply({ status: 'Accepted' }));
      }
      for (let race = 0; race < RACES; race++) {
        const idTokens = [`RACER-${race}-1`, `RACER-${race}-2`];
        const accountId = await driverWith('2.00', idTokens);
        const answers = await Promise.all(
          [one, other].map(({ identity }, index) =>
            api.request('POST', `/stations/${identity}/commands`, {
              action: 'start-transaction',
              payload: { evseId: 1, idToken: idTokens[index] },
            }),
          ),
        );
        const outcomes = answers.map(({ status, body }) => [status, (body as Partial<Problem>).code]);
        assert.deepEqual(outcomes.sort(), [
          [202, undefined],
          [409, 'command.funds_refused'],
        ]);
        assert.deepEqual(await walletOf(accountId), { available: '0.00', held: '2.00', owed: '0.00' });
      }
    });
  });
}
