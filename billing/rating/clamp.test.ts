import assert from 'node:assert/strict';
import { metered, priced, tariffOf } from '../testing/metered.ts';
import { rateSession } from './rate-session.ts';

/** Net, gross, and what the last line adds, for so many kWh at 0.5 with 20 % VAT and a start of 1 with none. */
function charged(kwh: string, more: object) {
  const at = '2026-03-02T10:00:00Z';
  const tariff = tariffOf([priced('ENERGY', '0.5', {}, { vat: 20 }), priced('FLAT', '1')], more);
  const { exclVat, inclVat, lines } = rateSession(
    tariff,
    metered({ from: at, until: at, readings: [[at, kwh]] }),
  ).price;
  const last = lines.at(-1);
  return [exclVat, inclVat, ...(last?.periods.length === 0 ? [last.exclVat, last.inclVat] : [])];
}

describe('the least and the most of a session', () => {
  it('hold for net and gross each', () => {
    const limits = { min_price: { excl_vat: 4, incl_vat: 5 }, max_price: { excl_vat: 10, incl_vat: 11.5 } };
    // 4 kWh: 2 + 1 net, 2.4 + 1 gross.
    assert.deepEqual(charged('4', limits), ['4', '5', '1', '1.6']);
    // 7 kWh: 4.5 net is enough; 5.2 gross, too. 6.5 kWh: 4.25 net is enough, 4.9 gross is not.
    assert.deepEqual(charged('7', limits), ['4.5', '5.2']);
    assert.deepEqual(charged('6.5', limits), ['4.25', '5', '0', '0.1']);
    // 17.6 kWh: 9.8 net may be, 11.56 gross may not.
    assert.deepEqual(charged('17.6', limits), ['9.8', '11.5', '0', '-0.06']);
    assert.deepEqual(charged('50', limits), ['10', '11.5', '-16', '-19.5']);
  });

  it('of one amount only limit that one', () => {
    // 4 kWh: 3 net, 3.4 gross.
    assert.deepEqual(charged('4', { min_price: { excl_vat: 6 } }), ['6', '3.4', '3', '0']);
    assert.deepEqual(charged('4', { max_price: { incl_vat: '1.7' } }), ['3', '1.7', '0', '-1.7']);
    assert.deepEqual(charged('4', { min_price: { excl_vat: 3 } }), ['3', '3.4']);
  });

  it('without tax are one, whichever amount they give', () => {
    const at = '2026-03-02T10:00:00Z';
    for (const limits of [
      { min_price: { excl_vat: 2 } },
      { min_price: { incl_vat: 2 } },
      { max_price: { excl_vat: 9 }, min_price: { incl_vat: 2 } },
    ]) {
      const tariff = tariffOf([priced('ENERGY', '0.5')], limits);
      const { exclVat, inclVat } = rateSession(tariff, metered({ from: at, until: at })).price;
      assert.deepEqual([exclVat, inclVat], ['2', '2']);
    }
  });
});
