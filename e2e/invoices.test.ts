import assert from 'node:assert/strict';
import { readPdf } from '@voltpile/billing/invoice/testing/read-pdf';
import { FakeClock } from '@voltpile/kernel/clock';
import type { ApiClient } from './harness/api-client.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const DAY = '2026-12-01';
const SLOTS = `${'3'.repeat(14)}${'2'.repeat(6)}${'1'.repeat(4)}${'0'.repeat(4)}${'2'.repeat(20)}`;
const HALF_HOUR_TARIFF = {
  currency: 'CNY',
  rates: {
    sharp: { electricity: '1.23456', service: '0.8' },
    peak: { electricity: '0.98765', service: '0.7' },
    flat: { electricity: '0.65432', service: '0.6' },
    valley: { electricity: '0.31234', service: '0.6' },
  },
  slots: SLOTS,
};
/** Hour of Shanghai, and energy since the start. */
const READINGS = [
  ['09:00', 0],
  ['10:00', 10_000],
  ['12:00', 30_000],
  ['13:00', 42_345],
] as const;

interface Proof {
  readonly isSound: boolean;
  readonly checks: readonly string[];
  readonly findings: readonly object[];
}

async function charge(server: ServerInProcess, clock: FakeClock): Promise<void> {
  await using station = await BareStation.connect(server.ocpp, 'CP-0001');
  let transactionId: number | undefined;
  for (const [hour, wattHours] of READINGS) {
    const timestamp = new Date(`${DAY}T${hour}:00+08:00`).toISOString();
    clock.advance(Date.parse(timestamp) - clock.now());
    if (wattHours === 0) {
      const start = { connectorId: 1, idTag: 'ANN', meterStart: 0, timestamp };
      ({ transactionId } = await station.call<{ transactionId: number }>('StartTransaction', start));
    } else if (hour !== '13:00') {
      const meterValue = [{ timestamp, sampledValue: [{ value: String(wattHours) }] }];
      await station.call('MeterValues', { connectorId: 1, transactionId, meterValue });
    } else {
      await station.call('StopTransaction', { transactionId, idTag: 'ANN', meterStop: wattHours, timestamp });
    }
  }
}

/** Its text, in a language. */
async function printed(api: ApiClient, id: string, language: string): Promise<string> {
  return (await readPdf(await api.bytes(`/invoices/${id}/pdf?language=${language}`))).join(' ');
}

describe('invoices of a charge by 尖峰平谷', function () {
  this.timeout(60_000);

  for (const ports of PORT_STYLES) {
    it(`name what was charged at which rate, and are proved with the books (ports: ${ports})`, async () => {
      const clock = new FakeClock(`${DAY}T08:00:00+08:00`);
      await using server = await startInProcess({ ports, clock });
      let api = await server.login();
      const [site] = await api.all<{ id: string; organizationId: string }>('/sites');
      assert.ok(site !== undefined);
      await api.patch(`/sites/${site.id}`, { timeZone: 'Asia/Shanghai', currency: 'CNY', name: '建邺奥体中心充电站' });
      const tariff = await api.post<{ id: string }>('/tariffs', { name: '尖峰平谷', tariff: HALF_HOUR_TARIFF });
      await api.post('/tariff-assignments', { tariffId: tariff.id, target: { kind: 'site', siteId: site.id } });
      const account = await api.post<{ id: string }>('/accounts', {
        ...{ kind: 'company', name: '宁波物流有限公司', currency: 'CNY', paymentMode: 'postpaid' },
      });
      await api.post('/id-tokens', { idToken: 'ANN', accountRef: account.id });
      const issuer = { name: '南京伏特充电科技有限公司', addressLines: [], timeZone: 'Asia/Shanghai', language: 'zh' };
      const put = await api.request('PUT', `/organizations/${site.organizationId}/invoice-issuer`, issuer);
      assert.equal(put.status, 200);
      await charge(server, clock);
      api = await server.login();
      const cdr = await eventually('the charge is settled', async () => {
        const [found] = await api.all<{ id: string }>('/cdrs');
        return found;
      });
      const { id } = await api.post<{ id: string }>('/invoices', { cdrId: cdr.id });
      const note = await api.post<{ id: string }>(`/invoices/${id}/credit-notes`, { reason: '冲销' });
      const chinese = await printed(api, id, 'zh');
      for (const line of [
        '电费（尖） 12.345 kWh 1.23456/kWh 15.24',
        '电费（峰） 20 kWh',
        '服务费（平） 10 kWh 0.60/kWh 6.00',
      ]) {
        assert.ok(chinese.includes(line), `${line}: ${chinese}`);
      }
      const english = await printed(api, note.id, 'en');
      for (const line of ['Energy (sharp) -12.345 kWh 1.23456/kWh -15.24', 'Service (peak) -20 kWh 0.70/kWh -14.00']) {
        assert.ok(english.includes(line), `${line}: ${english}`);
      }
      const proof = await api.post<Proof>('/ledger/proofs', {});
      assert.deepEqual([proof.isSound, proof.findings], [true, []]);
      for (const check of ['guards-in-place', 'invoices-numbered-without-gaps', 'credit-notes-mirror-invoices']) {
        assert.ok(proof.checks.includes(check), check);
      }
      // Somebody who may do so takes the locks off and gives an invoice another number.
      const { pool } = server.database;
      await pool.query('alter table billing.invoices disable trigger keep');
      await pool.query('update billing.invoices set number = 7 where id = $1', [id]);
      const { findings } = await api.post<{ findings: readonly { check: string }[] }>('/ledger/proofs', {});
      const found = new Set(findings.map(({ check }) => check));
      assert.deepEqual([...found].toSorted(), [
        'credit-notes-mirror-invoices',
        'guards-in-place',
        'invoices-as-written',
        'invoices-numbered-without-gaps',
      ]);
    });
  }
});
