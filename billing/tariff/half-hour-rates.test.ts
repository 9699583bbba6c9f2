import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import { previewSessionSchema } from '../contract/tariff-preview.ts';
import { priceSession } from '../rating/price-session.ts';
import { fromTariff, halfHourRatesSchema, toTariff } from './half-hour-rates.ts';

const worked = JSON.parse(
  readFileSync(new URL('../testing/worked-tariffs.json', import.meta.url), 'utf8'),
) as readonly { id: string; tariff: unknown }[];
const schedule = tariffSchema.parse(worked.find(({ id }) => id === 'cn-38-peak-flat')?.tariff);

/** Valley from 23 to 7, flat to 10, peak to 15, flat to 18, peak to 21, flat to 23. */
const SLOTS = `${'3'.repeat(14)}${'2'.repeat(6)}${'1'.repeat(10)}${'2'.repeat(6)}${'1'.repeat(6)}${'2'.repeat(4)}33`;
const rate = (electricity: string, service: string) => ({ electricity, service });
const RATES = {
  currency: 'CNY',
  sharp: rate('1.4', '0.9'),
  peak: rate('1.0', '0.8'),
  flat: rate('0.7', '0.8'),
  valley: rate('0.4', '0.6'),
  slots: SLOTS,
};

function unfit(tariff: Tariff): string {
  const read = fromTariff(tariff);
  assert.equal(read.kind, 'unfit');
  return read.kind === 'unfit' ? read.problem : '';
}

describe('half-hour rates', () => {
  it('of a schedule by the time of the day: the dearest of three is peak', () => {
    const read = fromTariff(schedule);
    assert.equal(read.kind, 'rates');
    if (read.kind !== 'rates') return;
    assert.equal(read.rates.slots.join(''), SLOTS);
    assert.deepEqual(
      [read.rates.peak, read.rates.flat, read.rates.valley],
      [rate('1.0', '0.8'), rate('0.7', '0.8'), rate('0.4', '0.8')],
    );
  });

  it('price electricity and service apart, each at the rate of its half hour', () => {
    const tariff = toTariff(halfHourRatesSchema.parse(RATES));
    assert.equal(tariff.elements.length, 6);
    // 3 kWh in the valley: 1.2 + 1.8; 10 kWh flat: 7 + 8; 2.5 kWh at peak: 2.5 + 2.
    const priced = priceSession(
      tariff,
      previewSessionSchema.parse({
        time_zone: 'Asia/Shanghai',
        start: '2026-03-02T06:30:00+08:00',
        periods: [
          { start: '2026-03-02T06:30:00+08:00', energy_kwh: '3' },
          { start: '2026-03-02T07:00:00+08:00', energy_kwh: '10' },
          { start: '2026-03-02T10:00:00+08:00', energy_kwh: '2.5' },
        ],
      }),
    );
    assert.deepEqual([priced.electricityFee, priced.serviceFee, priced.total], ['10.7', '11.8', '22.5']);
  });

  it('are the same after they were a tariff', () => {
    const slot = fc.constantFrom('0', '1', '2', '3');
    fc.assert(
      fc.property(fc.array(slot, { minLength: 48, maxLength: 48 }), (slots) => {
        // All four, so that each keeps its name.
        const rates = halfHourRatesSchema.parse({ ...RATES, slots: `0123${slots.slice(4).join('')}` });
        assert.deepEqual(fromTariff(toTariff(rates)), { kind: 'rates', rates });
      }),
    );
    // One rate all day is one element without an end.
    const flat = toTariff(halfHourRatesSchema.parse({ ...RATES, slots: '2'.repeat(48) }));
    assert.equal(flat.elements.length, 1);
    const read = fromTariff(flat);
    assert.equal(read.kind === 'rates' && read.rates.slots.join(''), '2'.repeat(48));
  });

  it('are refused when the day is not whole', () => {
    const problem = (more: object) => halfHourRatesSchema.safeParse({ ...RATES, ...more }).error?.issues[0]?.message;
    assert.match(problem({ slots: '2'.repeat(47) }) ?? '', /must be 48 rates.*these are 47/);
    assert.match(problem({ slots: `${'2'.repeat(47)}4` }) ?? '', /that of 23:30 is not/);
    assert.match(problem({ slots: Array(49).fill(1) }) ?? '', /these are 49/);
    assert.match(problem({ sharp: rate('1.123456', '0') }) ?? '', /5 behind it/);
    assert.match(problem({ currency: 'yuan' }) ?? '', /ISO 4217/);
  });

  it('of a tariff whose prices hold their tax, or have none, or are written longer than they are', () => {
    const of = (component: object, more: object = {}) => {
      const element = { price_components: [{ type: 'ENERGY', price: '1.5000000', step_size: 1, ...component }] };
      const read = fromTariff(tariffSchema.parse({ currency: 'CNY', elements: [element], ...more }));
      return read.kind === 'rates' ? halfHourRatesSchema.parse(read.rates).flat.electricity : read.problem;
    };
    assert.deepEqual(
      [of({}), of({ vat: '0' }), of({ vat: '6' }, { tax_included: 'YES' }), of({ vat: '6' }, { tax_included: 'N/A' })],
      ['1.5', '1.5', '1.5', '1.5'],
    );
  });

  it('cost the same as their tariff at every half hour', () => {
    const slots = fc.array(fc.constantFrom('0', '1', '2', '3'), { minLength: 48, maxLength: 48 });
    fc.assert(
      fc.property(slots, fc.nat(1439), (digits, minute) => {
        const rates = halfHourRatesSchema.parse({ ...RATES, slots: digits.join('') });
        const start = new Date(Date.parse('2026-03-02T00:00:00+08:00') + minute * 60_000).toISOString();
        const session = { time_zone: 'Asia/Shanghai', start, periods: [{ start, energy_kwh: '1' }] };
        const cost = priceSession(toTariff(rates), previewSessionSchema.parse(session));
        const expected =
          RATES[(['sharp', 'peak', 'flat', 'valley'] as const)[Number(digits[Math.floor(minute / 30)])] ?? 'flat'];
        assert.deepEqual(
          [Number(cost.electricityFee), Number(cost.serviceFee)],
          [Number(expected.electricity), Number(expected.service)],
        );
      }),
    );
  });

  it('say why a tariff has none', () => {
    const of = (element: object, more: object = {}) =>
      unfit(
        tariffSchema.parse({
          currency: 'CNY',
          elements: [{ price_components: [{ type: 'ENERGY', price: '1', step_size: 1 }], ...element }],
          ...more,
        }),
      );
    assert.match(of({ restrictions: { start_time: '10:15' } }), /changes at 10:15/);
    assert.match(of({ restrictions: { max_kwh: 5 } }), /restricted by max_kwh/);
    assert.match(of({ price_components: [{ type: 'TIME', price: '1', step_size: 1 }] }), /price for TIME/);
    assert.match(
      of({ price_components: [{ type: 'ENERGY', price: '1.000001', step_size: 1 }] }),
      /more than 4 digits before the point or 5 behind/,
    );
    const energy = (more: object) => ({ price_components: [{ type: 'ENERGY', price: '1', step_size: 1, ...more }] });
    assert.match(of(energy({ price: '10000' })), /more than 4 digits/);
    assert.match(of({ service_fee_per_kwh: '0.123456' }), /element 1 has a fee for service \(0\.123456\)/);
    assert.match(of({}, { service_fee_per_kwh: '10000' }), /its fee for service/);
    assert.match(of(energy({ step_size: 100 })), /steps of 100 Wh/);
    assert.match(of(energy({ vat: '6' })), /adds 6 % VAT/);
    assert.match(of({}, { max_price: { excl_vat: '5' } }), /least or most/);
    assert.match(of({}, { idle_fee: { price_per_hour: '5', grace_s: 0 } }), /standing/);
    const many = [1, 2, 3, 4, 5].map((hour) => ({
      price_components: [{ type: 'ENERGY', price: String(hour), step_size: 1 }],
      restrictions: { start_time: `0${hour}:00`, end_time: `0${hour + 1}:00` },
    }));
    assert.match(unfit(tariffSchema.parse({ currency: 'CNY', elements: many })), /6 prices/);
  });
});
