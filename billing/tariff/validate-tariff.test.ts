import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { DAYS } from '../contract/tariff.ts';
import { priced } from '../testing/metered.ts';
import { EVERYTHING, intersect, type Region, subtract } from './region.ts';
import { validateHalfHourRates, validateTariff } from './validate-tariff.ts';

const tariff = (elements: readonly object[], more: object = {}) => ({ currency: 'EUR', elements, ...more });
/** Kind, path and words of each finding. */
const told = (json: unknown) => validateTariff(json).map(({ kind, path, message }) => `${kind} ${path}: ${message}`);

function only(json: unknown, ...patterns: RegExp[]): void {
  const found = told(json);
  assert.equal(found.length, patterns.length, found.join('\n'));
  patterns.forEach((pattern, at) => {
    assert.match(found[at] ?? '', pattern);
  });
}

describe('what is said of a tariff', () => {
  it('nothing, when a rule follows its exceptions', () => {
    only(tariff([priced('ENERGY', '0.2', { start_time: '22:00', end_time: '06:00' }), priced('ENERGY', '0.4')]));
    only(
      tariff([
        priced('ENERGY', '0', { max_kwh: 5 }),
        priced('ENERGY', '0.3', { max_kwh: 20 }),
        priced('ENERGY', '0.5'),
      ]),
    );
    // Together they cover the week, each for itself a part.
    only(
      tariff([
        priced('ENERGY', '1', { day_of_week: DAYS.slice(0, 5) }),
        priced('ENERGY', '2', { day_of_week: DAYS.slice(5), start_time: '12:00' }),
        priced('ENERGY', '3', { day_of_week: DAYS.slice(5), end_time: '12:00' }),
      ]),
    );
  });

  it('a gap that nobody pays for', () => {
    only(
      tariff([
        priced('ENERGY', '1', { day_of_week: DAYS.slice(0, 5) }),
        priced('ENERGY', '2', { start_time: '08:00', end_time: '20:00' }),
      ]),
      /shadowed elements\.1: Element 2 is shadowed by element 1 for energy on Monday, .* and Friday from 08:00 to 20:00/,
      /unpaid elements: Nobody pays for energy on Saturday and Sunday from 00:00 to 08:00; on Saturday and Sunday from 20:00 to 24:00\./,
    );
    only(tariff([priced('ENERGY', '1', { min_kwh: 3 })]), /Nobody pays for energy before 3 kWh/);
    only(tariff([priced('TIME', '1', { max_duration: 3600 })]), /time charging from 3600 s of the session on/);
    only(tariff([priced('TIME', '1', { min_power: 11, max_power: 22 })]), /before 11 kW; from 22 kW on/);
    only(tariff([priced('ENERGY', '1', { end_date: '2026-07-01' })]), /from 2026-07-01 on/);
    // Parking that has no price is free on purpose; so is the time before a reservation.
    only(tariff([priced('ENERGY', '1'), priced('TIME', '5', { reservation: 'RESERVATION' })]));
  });

  it('elements of which the first wins', () => {
    only(
      tariff([
        priced('ENERGY', '1', { start_time: '10:00', end_time: '15:00' }),
        priced('ENERGY', '2', { start_time: '14:00', end_time: '10:00' }),
      ]),
      /shadowed elements\.1: Element 2 is shadowed by element 1 for energy from 14:00 to 15:00: both hold, and the first one counts/,
    );
    // Another dimension is no rival.
    only(tariff([priced('TIME', '1'), priced('ENERGY', '2')]));
  });

  it('elements that never count', () => {
    only(
      tariff([priced('ENERGY', '1'), priced('ENERGY', '2', { max_kwh: 10 })]),
      /unreachable elements\.1: Element 2 never prices energy: whenever it holds, element 1 comes first/,
    );
    only(
      tariff([
        priced('ENERGY', '1', { end_time: '12:00' }),
        priced('ENERGY', '2', { start_time: '12:00' }),
        priced('ENERGY', '3', { day_of_week: ['SUNDAY'] }),
      ]),
      /unreachable elements\.2: Element 3 never prices energy: whenever it holds, element 1 or element 2 comes first/,
    );
    const twice = { price_components: [1, 2].map((price) => ({ type: 'ENERGY', price, step_size: 1 })) };
    only(tariff([twice]), /unreachable elements\.0\.price_components\.1: Element 1 has two prices for energy/);
    only(tariff([priced('ENERGY', '1', { reservation: 'RESERVATION' })]), /A reservation has no energy/);
  });

  it('what is malformed, in words', () => {
    only(
      tariff([priced('ENERGY', '1', { start_date: '2026-07-01', end_date: '2026-06-01' })]),
      /must be before end_date/,
    );
    only(
      tariff([priced('ENERGY', '1', { min_kwh: 20, max_kwh: '10.5' })]),
      /min_kwh \(20\) must be less than max_kwh \(10\.5\)/,
    );
    only(tariff([priced('TIME', '1', { min_duration: 60, max_duration: 60 })]), /min_duration/);
    only(tariff([priced('ENERGY', '-0.1')]), /price: must not be negative/);
    only(tariff([priced('ENERGY', '1')], { currency: 'EUX' }), /currency of ISO 4217/);
    only(
      tariff([priced('ENERGY', '1')], { min_price: { excl_vat: 5 }, max_price: { excl_vat: '4.99' } }),
      /min_price: must not be more than max_price/,
    );
    assert.deepEqual(
      validateHalfHourRates({ currency: 'CNY', slots: '1'.repeat(40) }).map(({ level, path }) => [level, path]),
      ['sharp', 'peak', 'flat', 'valley', 'slots'].map((path) => ['mistake', path]),
    );
    const rate = { electricity: '1', service: '1' };
    const rates = { currency: 'CNY', sharp: rate, peak: rate, flat: rate, valley: rate, slots: '1'.repeat(48) };
    assert.deepEqual(validateHalfHourRates(rates), []);
  });

  it('what does not go together', () => {
    only(
      tariff([priced('PARKING_TIME', '1')], { idle_fee: { price_per_hour: 5, grace_s: 600 } }),
      /charged-twice idle_fee/,
    );
    only(tariff([priced('ENERGY', '1', {}, { vat: 19 })], { tax_included: 'YES' }), /VAT of 19 % is not added/);
    const taxed = priced('ENERGY', '1', {}, { vat: 19 });
    only(
      tariff([taxed], { max_price: { excl_vat: 5 } }),
      /unclear max_price.*Without incl_vat the amount with tax is not/,
    );
    only(tariff([taxed], { min_price: { incl_vat: 5 } }), /Without excl_vat the amount before tax is not limited/);
    assert.deepEqual(validateTariff(tariff([priced('ENERGY', '1')], { max_price: { excl_vat: 5 } })), []);
  });

  it('of the worked tariffs: nothing worse than hours that are free', () => {
    const path = new URL('../testing/worked-tariffs.json', import.meta.url);
    const worked = JSON.parse(readFileSync(path, 'utf8')) as readonly { tariff: unknown }[];
    for (const { tariff: json } of worked) {
      assert.deepEqual(
        validateTariff(json).filter(({ kind }) => kind !== 'unpaid'),
        [],
      );
    }
  });

  it('in time, however many elements there are', () => {
    const elements = Array.from({ length: 200 }, (_, at) =>
      priced('ENERGY', '1', {
        min_kwh: at,
        max_kwh: at + 150,
        min_power: (at * 7) % 100,
        max_power: ((at * 7) % 100) + 90,
        min_duration: (at * 13) % 900,
        day_of_week: [DAYS[at % 7], DAYS[(at * 3) % 7]],
      }),
    );
    assert.ok(validateTariff(tariff(elements)).length > 0);
  });
});

describe('regions', () => {
  const interval = fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 3 }))
    .map(([from, size]) => ({ from, until: from + size }));
  const region: fc.Arbitrary<Region> = fc
    .record({ minutes: interval, energy: interval, weekdays: fc.integer({ min: 1, max: 7 }) })
    .map((sides) => ({ ...EVERYTHING, ...sides }));
  const point = fc.record({ minute: fc.nat(9), energy: fc.nat(9), day: fc.nat(2) });
  const isIn = ({ minutes, energy, weekdays }: Region, at: { minute: number; energy: number; day: number }) =>
    at.minute >= minutes.from &&
    at.minute < minutes.until &&
    at.energy >= energy.from &&
    at.energy < energy.until &&
    (weekdays & (1 << at.day)) !== 0;

  it('without another have what only they have, once', () => {
    fc.assert(
      fc.property(region, region, point, (one, other, at) => {
        const left = subtract(one, other).filter((part) => isIn(part, at));
        assert.equal(left.length, isIn(one, at) && !isIn(other, at) ? 1 : 0);
        const both = intersect(one, other);
        assert.equal(both !== undefined && isIn(both, at), isIn(one, at) && isIn(other, at));
      }),
    );
  });
});
