import assert from 'node:assert/strict';
import type { Problem } from './harness/api-client.ts';
import type { CdrDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

const TARIFF = {
  currency: 'EUR',
  elements: [{ price_components: [{ type: 'ENERGY', price: '0.5', step_size: 1 }] }],
};

describe('decisions about one charge that are sent at once', () => {
  for (const ports of PORT_STYLES) {
    it(`count once; the others are told to look again (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const api = await server.login();
      await api.post('/id-tokens', { idToken: 'CARD' });
      const { id: tariffId } = await api.post<{ id: string }>('/tariffs', { name: 'Standard', tariff: TARIFF });
      await api.post('/tariff-assignments', { tariffId, target: { kind: 'organization' } });
      await using station = await BareStation.connect(server.ocpp, 'REVIEWED');
      const [began, ended] = [Date.now() - 60_000, Date.now()].map((at) => new Date(at).toISOString());
      const begin = { connectorId: 1, idTag: 'CARD', meterStart: 0, timestamp: began };
      const { transactionId } = await station.call<{ transactionId: number }>('StartTransaction', begin);
      await station.call('StopTransaction', { transactionId, meterStop: 1000, timestamp: ended });
      const records = () => api.all<CdrDocument & { readonly transactionIds: string[] }>('/cdrs');
      const [record] = await eventually('the charge is settled', async () => {
        const found = await records();
        return found.length > 0 && found;
      });
      const path = `/transactions/${record?.transactionIds[0]}/settlement`;

      const decide = (decision: object) =>
        api.request('POST', `${path}/decisions`, { reason: 'As it seems to me', ...decision });
      const decisions = [{ decision: 'accept' }, { decision: 'correct', energyWh: 500 }, { decision: 'write-off' }];
      const answers = await Promise.all([...decisions, ...decisions].map(decide));
      const codes = answers.map(({ status, body }) => [status, (body as Partial<Problem>).code]);
      assert.deepEqual(codes.sort(), [[200, undefined], ...Array(5).fill([409, 'settlement.changed'])]);
      const settlement = await api.get<{ decisions: object[]; version: string }>(path);
      assert.equal(settlement.decisions.length, 1);

      const { version } = settlement;
      assert.equal((await decide({ decision: 'correct', energyWh: 250, version })).status, 200);
      assert.equal((await decide({ decision: 'write-off', version })).status, 409);
      const proof = await api.post<{ isSound: boolean; findings: object[] }>('/ledger/proofs', undefined);
      assert.deepEqual([proof.isSound, proof.findings], [true, []]);
      assert.deepEqual(server.log, []);
    });
  }
});
