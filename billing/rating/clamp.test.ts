import assert from 'node:assert/strict';
import fc from 'fast-check';
import { validateTariff } from '../tariff/validate-tariff.ts';
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

  it('of one amount only leave the other one as it is', () => {
    // 4 kWh: 3 net, 3.4 gross.
    assert.deepEqual(charged('4', { min_price: { excl_vat: 6 } }), ['6', '3.4', '3', '0']);
    assert.deepEqual(charged('4', { min_price: { incl_vat: 6 } }), ['3', '6', '0', '2.6']);
    assert.deepEqual(charged('4', { max_price: { excl_vat: 2 } }), ['2', '3.4', '-1', '0']);
    assert.deepEqual(charged('4', { max_price: { incl_vat: '1.7' } }), ['3', '1.7', '0', '-1.7']);
    assert.deepEqual(charged('4', { min_price: { excl_vat: 3 } }), ['3', '3.4']);
    // The least of the one and the most of the other do not meet.
    assert.deepEqual(charged('4', { min_price: { excl_vat: 6 }, max_price: { incl_vat: 2 } }), ['6', '2', '3', '-1.4']);
  });

  it('tell when they have brought it to less with VAT than before VAT', () => {
    const told = (kwh: string, more: object) => {
      const at = '2026-03-02T10:00:00Z';
      const tariff = tariffOf([priced('ENERGY', '0.5', {}, { vat: 20 })], more);
      const { price } = rateSession(tariff, metered({ from: at, until: at, readings: [[at, kwh]] }));
      return price.findings?.map(({ level, kind, path, message }) => `${level} ${kind} ${path}: ${message}`) ?? [];
    };
    // 2 net, 2.4 gross.
    assert.deepEqual(told('4', { min_price: { excl_vat: 6 } }), [
      'warning unclear min_price: It comes to less with VAT (2.4) than before VAT (6): min_price bounds each amount by itself, as OCPI has it. In what is booked both are one amount, without and with its tax.',
    ]);
    assert.match(told('4', { max_price: { incl_vat: 1 } }).join(), /^warning unclear max_price: .*\(1\) .*\(2\)/);
    assert.match(told('4', { max_price: { excl_vat: '1.5', incl_vat: 1 } }).join(), /max_price: .*\(1\) .*\(1\.5\)/);
    for (const more of [
      {},
      { min_price: { excl_vat: '2.4' } },
      { min_price: { incl_vat: 6 } },
      { max_price: { excl_vat: 1 } },
      { max_price: { excl_vat: 1, incl_vat: '1.2' } },
      { tax_included: 'YES', min_price: { excl_vat: 6 } },
    ]) {
      assert.deepEqual(told('4', more), []);
    }
  });

  it('leave no less with VAT than before VAT, unless they say one amount only or less with VAT', () => {
    const amount = fc.integer({ min: 0, max: 100 });
    const limit = fc.record({ excl_vat: amount, incl_vat: amount }, { requiredKeys: [] });
    const limits = fc.record({ min_price: limit, max_price: limit }, { requiredKeys: [] });
    const vat = fc.constantFrom({}, { vat: 0 }, { vat: 7 }, { vat: 19 });
    fc.assert(
      fc.property(limits, vat, vat, amount, (more, energy, start, kwh) => {
        const elements = [priced('ENERGY', '1', {}, energy), priced('FLAT', '1', {}, start)];
        const json = { currency: 'EUR', elements, ...more };
        const findings = validateTariff(json);
        fc.pre(findings.every(({ level }) => level !== 'mistake'));
        const at = '2026-03-02T10:00:00Z';
        const session = metered({ from: at, until: at, readings: [[at, String(kwh)]] });
        const { exclVat, inclVat, findings: told = [] } = rateSession(tariffOf(elements, more), session).price;
        assert.equal(told.length, Number(exclVat) > Number(inclVat) ? 1 : 0);
        // Who examines the tariff is told before.
        if (told.length > 0)
          assert.ok(findings.some(({ path, message }) => path === told[0]?.path && /can show/.test(message)));
      }),
      { numRuns: 500 },
    );
  });

  /** Net, gross and the last line of a kilowatt-hour at 3, or of nothing. */
  function plain(component: object, more: object, kwh = '1') {
    const at = '2026-03-02T10:00:00Z';
    const tariff = tariffOf([priced('ENERGY', '3', {}, component)], more);
    const { exclVat, inclVat, lines } = rateSession(
      tariff,
      metered({ from: at, until: at, readings: [[at, kwh]] }),
    ).price;
    return [exclVat, inclVat, ...(lines.at(-1)?.periods.length === 0 ? [lines.at(-1)?.inclVat] : [])];
  }

  it('are one where nothing is taxed', () => {
    for (const untaxed of [{}, { vat: '0' }]) {
      assert.deepEqual(plain(untaxed, { min_price: { excl_vat: 5 } }), ['5', '5', '2']);
      assert.deepEqual(plain(untaxed, { max_price: { incl_vat: 1 } }), ['1', '1', '-2']);
    }
    // By `N/A` no VAT is added, whatever stands there.
    assert.deepEqual(plain({ vat: 20 }, { tax_included: 'N/A', max_price: { excl_vat: 1 } }), ['1', '1', '-2']);
    // Both given are both kept, each for its own amount.
    assert.deepEqual(plain({}, { min_price: { excl_vat: 5, incl_vat: 6 } }), ['5', '6', '3']);
  });

  it('of prices that hold their tax are those of the gross amount', () => {
    const gross = (more: object) => plain({ vat: 20 }, { tax_included: 'YES', ...more });
    assert.deepEqual(gross({ min_price: { excl_vat: 4, incl_vat: 5 } }), [null, '5', '2']);
    assert.deepEqual(gross({ max_price: { before_taxes: 1, after_taxes: '1.2' } }), [null, '1.2', '-1.8']);
    // Nobody can tell what 3 is before taxes.
    assert.deepEqual(gross({ max_price: { before_taxes: 1 } }), [null, '3']);
  });

  it('are due for nothing, too', () => {
    assert.deepEqual(plain({ vat: 20 }, { min_price: { excl_vat: 2, incl_vat: '2.4' } }, '0'), ['2', '2.4', '2.4']);
    assert.deepEqual(plain({}, { min_price: { excl_vat: 2 } }, '0'), ['2', '2', '2']);
  });

  it('count a tax on standing, too', () => {
    const idle_fee = { price_per_hour: 6, grace_s: 0, vat: 20 };
    assert.deepEqual(plain({}, { idle_fee, min_price: { excl_vat: 5 } }), ['5', '3', '0']);
  });
});
