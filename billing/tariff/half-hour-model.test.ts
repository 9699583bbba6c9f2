import assert from 'node:assert/strict';
import fc from 'fast-check';
import { halfHourTariffSchema } from '../contract/half-hour-tariff.ts';
import { tariffSchema } from '../contract/tariff.ts';
import { type TariffContent, tariffContentSchema } from '../contract/tariff-content.ts';
import { previewSessionSchema } from '../contract/tariff-preview.ts';
import { priceSession } from '../rating/price-session.ts';
import { readHalfHourModel } from './half-hour-model.ts';
import { toOcpiForm } from './ocpi-form.ts';

const rate = (electricity: string, service: string) => ({ electricity, service });
const RATES = {
  sharp: rate('1.20', '0.4'),
  peak: rate('1.0', '0.4'),
  flat: rate('0.7', '0.4'),
  valley: rate('0.3', '0.4'),
};
const SLOTS = `${'3'.repeat(14)}${'2'.repeat(20)}0011${'2'.repeat(10)}`;
const entered = { currency: 'CNY', rates: RATES, slots: SLOTS };
const ocpi = (component: object, more: object = {}) =>
  tariffSchema.parse({
    currency: 'EUR',
    elements: [{ price_components: [{ type: 'ENERGY', price: '0.5', step_size: 1, ...component }] }],
    ...more,
  });
const problemOf = (tariff: ReturnType<typeof ocpi>) => {
  const read = readHalfHourModel(tariff);
  return read.kind === 'unfit' ? read.problem : '';
};

function halfHourModelOf(content: TariffContent) {
  const read = readHalfHourModel(content);
  return read.kind === 'model' ? read.model : null;
}

describe('half-hour tariffs', () => {
  it('are what piles are told, as they were entered', () => {
    assert.deepEqual(halfHourModelOf(halfHourTariffSchema.parse(entered)), {
      currency: 'CNY',
      rates: { ...RATES, sharp: rate('1.2', '0.4'), peak: rate('1', '0.4') },
      slots: SLOTS,
    });
    // The names stay, also where sharp is not the dearest and half of the rates are not used.
    const odd = halfHourTariffSchema.parse({
      currency: 'CNY',
      rates: { sharp: rate('0.1', '0'), valley: rate('0.9', '0') },
      slots: `${'0'.repeat(24)}${'3'.repeat(24)}`,
    });
    const model = halfHourModelOf(odd);
    assert.equal(model?.slots, odd.slots);
    assert.deepEqual(model?.rates.sharp, rate('0.1', '0'));
    assert.deepEqual(model?.rates.peak, rate('0.1', '0'));
  });

  it('price by the half hour, and standing beside it', () => {
    const idle_fee = { price_per_hour: '6', grace_s: 600 };
    const tariff = toOcpiForm(tariffContentSchema.parse({ ...entered, idle_fee }));
    const priced = priceSession(
      tariff,
      previewSessionSchema.parse({
        time_zone: 'Asia/Shanghai',
        start: '2026-03-02T06:30:00+08:00',
        periods: [
          { start: '2026-03-02T06:30:00+08:00', energy_kwh: '10' },
          { start: '2026-03-02T07:00:00+08:00', energy_kwh: '10' },
          { start: '2026-03-02T07:30:00+08:00', parking_s: 1200 },
        ],
      }),
    );
    assert.deepEqual([priced.electricityFee, priced.serviceFee, priced.inclVat], ['10', '8', '19']);
    // What piles are told says nothing of it.
    assert.equal(halfHourModelOf(tariff)?.slots.length, 48);
  });

  it('must name a price for each half hour', () => {
    const problem = (more: object) => tariffContentSchema.safeParse({ ...entered, ...more }).error?.issues[0];
    const { sharp: _unused, ...others } = RATES;
    assert.deepEqual(problem({ rates: others })?.path, ['rates', 'sharp']);
    assert.match(problem({ rates: others })?.message ?? '', /slots have a 0/);
    assert.match(problem({ slots: '2'.repeat(47) })?.message ?? '', /48 digits/);
    assert.match(problem({ slots: '4'.repeat(48) })?.message ?? '', /48 digits/);
    assert.match(problem({ currency: 'ZZZ' })?.message ?? '', /ISO 4217/);
    assert.equal(problem({ elements: [] })?.code, 'unrecognized_keys');
    // Without rates it is meant as one of OCPI's.
    assert.deepEqual(problem({ rates: undefined, elements: [] })?.path[0], 'rates');
    assert.deepEqual(tariffContentSchema.safeParse({ currency: 'CNY' }).error?.issues[0]?.path, ['elements']);
    for (const bad of [null, 1, 'x', []]) assert.ok(!tariffContentSchema.safeParse(bad).success);
  });

  it('of tariffs of OCPI’s model: where they price energy by the half hour, tax included', () => {
    const model = halfHourModelOf(ocpi({ price: '0.5000000000', vat: '19' }, { tax_included: 'YES' }));
    assert.deepEqual(model?.rates.flat, rate('0.5', '0'));
    assert.match(problemOf(ocpi({ vat: '19' })), /adds VAT of 19 %/);
    assert.equal(problemOf(ocpi({ vat: '0' })), '');
    assert.match(problemOf(ocpi({ price: '10000' })), /no room for/);
    assert.match(problemOf(ocpi({}, { service_fee_per_kwh: '0.000001' })), /no room for/);
    assert.match(problemOf(ocpi({ type: 'TIME' })), /price for TIME/);
    assert.equal(halfHourModelOf(ocpi({ type: 'TIME' })), null);
  });

  it('say the same as what they are priced by, whatever the slots', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('0', '1', '2', '3'), { minLength: 48, maxLength: 48 }), (digits) => {
        const slots = digits.join('');
        const tariff = halfHourTariffSchema.parse({ ...entered, slots });
        const told = halfHourModelOf(toOcpiForm(tariff));
        assert.ok(told !== null);
        const priceAt = (model: typeof told, slot: number) =>
          Object.values(model.rates)[Number(model.slots[slot])]?.electricity;
        const direct = halfHourModelOf(tariff);
        assert.ok(direct !== null);
        for (let slot = 0; slot < 48; slot++) assert.equal(priceAt(told, slot), priceAt(direct, slot));
      }),
    );
  });
});
