import assert from 'node:assert/strict';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

describe('the price of a session', () => {
  for (const ports of PORT_STYLES) {
    it(`is told by the server, exactly (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const api = await server.login();
      const components = [
        { type: 'FLAT', price: '0.50', step_size: 1, vat: '20' },
        { type: 'ENERGY', price: 0.25, step_size: 100, vat: '10' },
      ];
      const start = '2026-03-02T10:00:00+01:00';
      const priced = await api.post<{ exclVat: string; inclVat: string; lines: object[] }>('/tariffs/preview', {
        tariff: { currency: 'EUR', elements: [{ price_components: components }] },
        session: { time_zone: 'Europe/Amsterdam', start, periods: [{ start, energy_kwh: '20.45' }] },
      });
      assert.deepEqual([priced.exclVat, priced.inclVat, priced.lines.length], ['5.625', '6.2375', 2]);

      const restricted = [{ price_components: components, restrictions: { max_kwh: 10 } }];
      const { findings } = await api.post<{ findings: { kind: string; message: string }[] }>('/tariffs/validate', {
        tariff: { currency: 'EUR', elements: restricted },
      });
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        ['unpaid'],
      );
      assert.match(findings[0]?.message ?? '', /Nobody pays for energy from 10 kWh on/);
    });
  }
});
