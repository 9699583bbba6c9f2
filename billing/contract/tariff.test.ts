import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Rational } from '../rating/rational.ts';
import { decimal } from './decimal.ts';
import { tariffSchema } from './tariff.ts';
import { previewSessionSchema } from './tariff-preview.ts';

const energy = (price: unknown, more: object = {}, restrictions: object = {}) => ({
  price_components: [{ type: 'ENERGY', price, step_size: 1, ...more }],
  restrictions,
});
const tariff = { currency: 'EUR', elements: [energy('1')] };
const start = '2026-03-01T10:00:00Z';
const session = { time_zone: 'Europe/Berlin', start, periods: [{ start, energy_kwh: '1' }] };

const problemWith = (json: unknown) => tariffSchema.safeParse(json).error?.issues[0]?.message ?? '';
const priceOf = (price: unknown) =>
  tariffSchema.parse({ ...tariff, elements: [energy(price)] }).elements[0]?.price_components[0]?.price;

describe('decimals', () => {
  it('are read digit by digit, as text or as numbers', () => {
    assert.deepEqual([0.1, '0.10', 1e-7, 0.0000000001, 123456789, 0.3 - 0.1 + 0.1].map(priceOf), [
      '0.1',
      '0.10',
      '0.0000001',
      '0.0000000001',
      '123456789',
      '0.3',
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 9 }), (digits, places) => {
        const exact = Rational.of(BigInt(digits), 10n ** BigInt(places)).toDecimal();
        assert.equal(decimal(9, 10).parse(Number(exact)), exact);
      }),
    );
  });

  it('are refused when nobody can tell what was meant', () => {
    // In a double this is …788 or …790: JSON has lost it already.
    assert.match(problemWith({ ...tariff, elements: [energy(123456789.1234567)] }), /must be text/);
    assert.equal(priceOf('123456789.1234567891'), '123456789.1234567891');
    for (const bad of ['', '1,5', '1e-7', ' 1', '.5', '1.', 'NaN', '0.12345678901', '1234567890', null, true, {}]) {
      assert.match(problemWith({ ...tariff, elements: [energy(bad)] }), /must be a decimal number of at most 9 digits/);
    }
    for (const bad of [-0.5, '-0.5', -1e-7]) {
      assert.equal(problemWith({ ...tariff, elements: [energy(bad)] }), 'must not be negative');
    }
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.notEqual(problemWith({ ...tariff, elements: [energy(bad)] }), '');
    }
  });
});

describe('shapes of tariffs and sessions', () => {
  it('take a whole tariff of OCPI, with null for what is left out', () => {
    const { elements, min_price, max_price } = tariffSchema.parse({
      ...tariff,
      country_code: 'DE',
      party_id: 'ALL',
      id: '12',
      type: 'REGULAR',
      tariff_alt_text: [{ language: 'en', text: '1 euro per kWh' }],
      tariff_alt_url: null,
      start_date_time: '2026-01-01T00:00:00Z',
      energy_mix: { is_green_energy: true },
      last_updated: '2026-01-01T00:00:00Z',
      preauthorize_amount: 50,
      elements: [
        { ...energy('1', { vat: null }, { day_of_week: null, max_kwh: null }) },
        { price_components: [{ type: 'FLAT', price: 0, step_size: 1 }], restrictions: null },
      ],
      // Of 2.3.0 and of 2.2.1.
      min_price: { before_taxes: 1, after_taxes: 1.19 },
      max_price: { excl_vat: '10', incl_vat: null },
    });
    assert.deepEqual(
      [min_price, max_price],
      [
        { excl_vat: '1', incl_vat: '1.19' },
        { excl_vat: '10', incl_vat: undefined },
      ],
    );
    assert.equal(elements[0]?.restrictions?.max_kwh, undefined);
    assert.equal(elements[1]?.restrictions, undefined);
  });

  it('are refused when something is wrong', () => {
    for (const bad of [
      { ...tariff, currency: 'euro' },
      { ...tariff, currency: 'ZZZ' },
      { ...tariff, elements: [] },
      { ...tariff, elements: Array(201).fill(energy('1')) },
      { ...tariff, elements: [energy('1', {}, { start_time: '24:00' })] },
      { ...tariff, elements: [energy('1', {}, { start_date: '2026-02-30' })] },
      { ...tariff, elements: [energy('1', {}, { day_of_week: ['MON'] })] },
      { ...tariff, elements: [energy('1', { step_size: 1.5 })] },
      { ...tariff, elements: [energy('1', { step_size: undefined })] },
      { ...tariff, idle_fee: { price_per_hour: '1' } },
      { ...tariff, more: 1 },
    ]) {
      assert.ok(!tariffSchema.safeParse(bad).success, JSON.stringify(bad));
    }
    const later = { start: '2026-03-01T11:00:00Z' };
    for (const bad of [
      { ...session, time_zone: 'Europe/Atlantis' },
      { ...session, start: 'yesterday' },
      { ...session, start: '2026-03-01T10:00:00' },
      { ...session, periods: [{ start, energy_kwh: '-1' }] },
      { ...session, periods: [{ energy_kwh: '1' }] },
      { ...session, periods: [later, { start }] },
      { ...session, periods: Array(5001).fill(session.periods[0]) },
    ]) {
      assert.ok(!previewSessionSchema.safeParse(bad).success, JSON.stringify(bad).slice(0, 200));
    }
    assert.ok(previewSessionSchema.safeParse({ ...session, periods: [{ start }, { start }, later] }).success);
  });
});
