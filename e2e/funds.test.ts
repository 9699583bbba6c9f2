import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApiRefused } from './harness/api-client.ts';
import { BareStation } from './harness/bare-station.ts';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

interface Wallet {
  readonly available: { readonly amount: string };
  readonly held: { readonly amount: string };
}

describe('who pays from a wallet', () => {
  for (const ports of PORT_STYLES) {
    it(`charges when there is something in it, and something is set aside (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const api = await server.login();
      const { id } = await api.post<{ id: string }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR' });
      for (const idToken of ['ANN', 'ANN-2']) await api.post('/id-tokens', { idToken, accountRef: id });
      await api.post('/id-tokens', { idToken: 'NOBODYS' });
      await using pile = await BareStation.connect(server.ocpp, 'PREPAID');
      const show = async (idTag: string): Promise<string> => {
        const { idTagInfo } = await pile.call<{ idTagInfo: { status: string } }>('Authorize', { idTag });
        return idTagInfo.status;
      };
      const wallet = async () => {
        const { available, held } = await api.get<Wallet>(`/accounts/${id}/wallet`);
        return [available.amount, held.amount];
      };

      assert.notEqual(await show('ANN'), 'Accepted');
      assert.equal(await show('NOBODYS'), 'Accepted');
      const start = { action: 'start-transaction', payload: { evseId: 1, idToken: 'ANN' } };
      await assert.rejects(
        api.post('/stations/PREPAID/commands', start),
        (error) => error instanceof ApiRefused && error.problem.code === 'command.funds_refused',
      );

      await api.post(`/accounts/${id}/wallet/top-ups`, {
        amount: { amount: '70.00', currency: 'EUR' },
        reason: 'Cash',
      });
      assert.equal(await show('ANN'), 'Accepted');
      // A pile that asks again, and a driver who is in doubt, ask about the same charge.
      assert.equal(await show('ANN'), 'Accepted');
      assert.deepEqual(await wallet(), ['20.00', '50.00']);
      const timestamp = new Date().toISOString();
      const begin = { connectorId: 1, idTag: 'ANN', meterStart: 0, timestamp };
      const { idTagInfo } = await pile.call<{ idTagInfo: { status: string } }>('StartTransaction', begin);
      assert.equal(idTagInfo.status, 'Accepted');
      assert.deepEqual(await wallet(), ['20.00', '50.00']);
      assert.equal(await show('ANN-2'), 'Accepted');
      assert.deepEqual(await wallet(), ['0.00', '70.00']);

      await api.patch(`/accounts/${id}`, { status: 'blocked' });
      await api.post('/id-tokens', { idToken: 'ANN-3', accountRef: id });
      assert.notEqual(await show('ANN-3'), 'Accepted');
      await api.post('/id-tokens', { idToken: 'STRAY', accountRef: randomUUID() });
      assert.notEqual(await show('STRAY'), 'Accepted');

      const proof = await api.post<{ isSound: boolean; findings: object[] }>('/ledger/proofs', undefined);
      assert.deepEqual([proof.isSound, proof.findings], [true, []]);
      assert.deepEqual(server.log, []);
    });
  }

  for (const [clock, offMs] of [
    ['an hour behind', -3_600_000],
    ['an hour ahead', 3_600_000],
  ] as const) {
    it(`charges with what was set aside when the card was shown, at stations whose clock is ${clock}`, async () => {
      await using server = await startInProcess();
      const api = await server.login();
      const time = () => new Date(Date.now() + offMs).toISOString();
      for (const version of ['1.6', '2.0.1']) {
        const { id } = await api.post<{ id: string }>('/accounts', { kind: 'driver', name: 'Ann', currency: 'EUR' });
        // As much as is set aside for one charge: a second start finds nothing.
        const amount = { amount: '50.00', currency: 'EUR' };
        await api.post(`/accounts/${id}/wallet/top-ups`, { amount, reason: 'Cash' });
        const idTag = `CARD-${version}`;
        await api.post('/id-tokens', { idToken: idTag, accountRef: id });
        const protocols = [`ocpp${version}`];
        await using pile = await BareStation.connect(server.ocpp, `CLOCK-${version}`, { protocols });
        const idToken = { idToken: idTag, type: 'ISO14443' };
        if (version === '1.6') {
          const shown = await pile.call<{ idTagInfo: { status: string } }>('Authorize', { idTag });
          assert.equal(shown.idTagInfo.status, 'Accepted');
          const begin = { connectorId: 1, idTag, meterStart: 0, timestamp: time() };
          const { idTagInfo } = await pile.call<{ idTagInfo: { status: string } }>('StartTransaction', begin);
          assert.equal(idTagInfo.status, 'Accepted');
        } else {
          const shown = await pile.call<{ idTokenInfo: { status: string } }>('Authorize', { idToken });
          assert.equal(shown.idTokenInfo.status, 'Accepted');
          const { idTokenInfo } = await pile.call<{ idTokenInfo: { status: string } }>('TransactionEvent', {
            eventType: 'Started',
            timestamp: time(),
            triggerReason: 'Authorized',
            seqNo: 0,
            transactionInfo: { transactionId: 'tx-1' },
            idToken,
            evse: { id: 1, connectorId: 1 },
          });
          assert.equal(idTokenInfo.status, 'Accepted');
        }
        const holds = await api.all<{ readonly state: string }>(`/accounts/${id}/wallet/holds`);
        assert.deepEqual(
          holds.map(({ state }) => state),
          ['open'],
        );
      }
      assert.deepEqual(server.log, []);
    });
  }
});
