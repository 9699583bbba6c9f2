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
});
