import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { DAYS, tariffSchema } from '../contract/tariff.ts';
import { compileTariff, UNITS_PER_KWH } from '../rating/compile-tariff.ts';
import { selectComponents } from '../rating/select-components.ts';
import { priced } from '../testing/metered.ts';
import { EVERYTHING, intersect, type Region, subtract } from './region.ts';
import { validateTariff } from './validate-tariff.ts';

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
      /unpaid elements: Nobody pays for energy on Saturday and Sunday from 00:00 to 08:00; on Saturday and Sunday from 20:00 to 24:00\./,
      /shadowed elements\.1: Element 2 is shadowed by element 1 for energy on Monday, .* and Friday from 08:00 to 20:00/,
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
    for (const step_size of [10 ** 9 + 1, 10 ** 17, -1, 0.5, '1']) {
      const step = priced('ENERGY', '1', {}, { step_size });
      only(tariff([step]), /step_size: must be a whole number from 0 to 1000000000$/);
    }
    only(tariff([priced('ENERGY', '1')], { currency: 'EUX' }), /currency of ISO 4217/);
    only(
      tariff([priced('ENERGY', '1')], { min_price: { excl_vat: 5 }, max_price: { excl_vat: '4.99' } }),
      /min_price: must not be more than max_price/,
    );
  });

  it('what does not go together', () => {
    only(
      tariff([priced('PARKING_TIME', '1')], { idle_fee: { price_per_hour: 5, grace_s: 600 } }),
      /charged-twice idle_fee/,
    );
    only(tariff([priced('ENERGY', '1', {}, { vat: 19 })], { tax_included: 'YES' }), /VAT of 19 % is not added/);
    only(
      tariff([priced('ENERGY', '1')], {
        start_date_time: '2026-02-01T00:00:00Z',
        end_date_time: '2026-01-01T00:00:00Z',
      }),
      /unreachable end_date_time: The tariff is never valid/,
    );
  });

  it('limits that bound one of two amounts, or none', () => {
    const taxed = [priced('ENERGY', '1', {}, { vat: 19 })];
    only(
      tariff(taxed, { min_price: { excl_vat: 1 } }),
      /unclear min_price: .* before VAT only: a preview leaves the one with VAT as it is/,
    );
    only(
      tariff(taxed, { max_price: { incl_vat: 9 } }),
      /unclear max_price: .* with VAT only: a preview leaves the one before VAT as it is/,
    );
    only(tariff(taxed, { max_price: { excl_vat: 9, incl_vat: 10 } }));
    only(tariff(taxed, { min_price: { excl_vat: 5, incl_vat: '4.99' } }), /unclear min_price: .* less with VAT than/);
    // Only some of them can bring the amount with VAT below the one before VAT.
    const crosses = (more: object) => told(tariff(taxed, more)).map((text) => /can show/.test(text));
    assert.deepEqual(crosses({ min_price: { excl_vat: 1 } }), [true]);
    assert.deepEqual(crosses({ max_price: { incl_vat: 9 } }), [true]);
    assert.deepEqual(crosses({ min_price: { incl_vat: 1 } }), [false]);
    assert.deepEqual(crosses({ max_price: { excl_vat: 9 } }), [false]);
    assert.deepEqual(crosses({ max_price: { excl_vat: 9, incl_vat: 8 } }), [true]);
    // Where nothing is taxed there is one amount.
    const untaxed = [priced('ENERGY', '1')];
    only(tariff(untaxed, { min_price: { excl_vat: 1 }, max_price: { incl_vat: 9 } }));
    only(tariff(untaxed, { tax_included: 'YES', max_price: { before_taxes: 9 } }), /max_price has no effect/);
    only(tariff(untaxed, { tax_included: 'YES', max_price: { after_taxes: 9 } }));
  });

  describe('a least above the most', () => {
    const at = (vat: number | undefined, price = '1') => priced('ENERGY', price, {}, vat === undefined ? {} : { vat });
    /** What is refused of limits, without its beginning; nothing where they may stand. */
    const refused = (elements: readonly object[], least: object, most: object, more: object = {}) =>
      validateTariff(tariff(elements, { min_price: least, max_price: most, ...more }))
        .filter(({ level }) => level === 'mistake')
        .map(({ kind, path, message }) => {
          assert.deepEqual([kind, path], ['contradictory', 'min_price']);
          return /^must not be more than max_price \((.*)\)$/.exec(message)?.[1];
        });

    it('is refused, whatever the VAT, when it is more before VAT than the most is with VAT', () => {
      for (const more of [{}, { tax_included: 'YES' }, { tax_included: 'N/A' }]) {
        assert.deepEqual(refused([at(19)], { excl_vat: '6.00' }, { incl_vat: '1.00' }, more), [
          '6 before VAT is more than 1 with VAT',
        ]);
      }
      assert.deepEqual(refused([at(undefined)], { excl_vat: '1.001' }, { incl_vat: '1' }).length, 1);
      assert.deepEqual(refused([at(undefined)], { excl_vat: '1' }, { incl_vat: '1' }), []);
    });

    it('is refused when a rate of the tariff brings it there', () => {
      assert.deepEqual(refused([at(19)], { excl_vat: 5 }, { incl_vat: '5.94' }), [
        '5 before VAT, which is 5.95 at 19 % VAT, is more than 5.94 with VAT',
      ]);
      assert.deepEqual(refused([at(19)], { excl_vat: 5 }, { incl_vat: '5.95' }), []);
      assert.deepEqual(refused([at(19)], { incl_vat: '1.2' }, { excl_vat: 1 }), [
        '1.2 with VAT is more than 1 before VAT, which is 1.19 at 19 % VAT',
      ]);
      assert.deepEqual(refused([at(19)], { incl_vat: '1.19' }, { excl_vat: 1 }), []);
      // One of several is enough, also that of standing; what costs nothing has none.
      const limits = [{ excl_vat: 5 }, { incl_vat: '5.5' }] as const;
      assert.deepEqual(refused([at(7)], ...limits), []);
      assert.equal(refused([at(7), at(19)], ...limits).length, 1);
      const standing = { price_per_hour: 1, grace_s: 0 };
      assert.equal(refused([at(7)], ...limits, { idle_fee: { ...standing, vat: 19 } }).length, 1);
      const turned = [{ incl_vat: '5.3' }, { excl_vat: 5 }] as const;
      assert.deepEqual(refused([at(7), at(undefined, '0')], ...turned), []);
      assert.equal(refused([at(7), at(undefined, '2')], ...turned).length, 1);
      assert.equal(refused([at(undefined)], { incl_vat: 9 }, { excl_vat: 1 }).length, 1);
    });

    it('is judged as it is booked: what was rounded for the tariff is no contradiction', () => {
      // 8.4034 at 19 % would be 10.000046.
      assert.deepEqual(refused([at(19)], { excl_vat: '8.4034' }, { incl_vat: '10' }), []);
      assert.deepEqual(refused([at(19)], { incl_vat: '10' }, { excl_vat: '8.4033' }), []);
      assert.deepEqual(refused([at(10)], { excl_vat: '100.4' }, { incl_vat: '110' }, { currency: 'JPY' }), []);
      assert.equal(refused([at(10)], { excl_vat: '101' }, { incl_vat: '110' }, { currency: 'JPY' }).length, 1);
    });

    it('may be, across amounts, where both say both: each bounds its own', () => {
      const fixed = { excl_vat: 10, incl_vat: 11 };
      assert.deepEqual(refused([at(10), at(20)], fixed, fixed), []);
    });

    it('is not lost behind warnings that nobody reads', () => {
      const [first] = validateTariff(
        tariff(Array(120).fill(at(19)), { min_price: { excl_vat: 6 }, max_price: { incl_vat: 1 } }),
      );
      assert.equal(first?.kind, 'contradictory');
    });
  });

  it('power and current may be unknown: then no restriction to them holds', () => {
    const split = [priced('ENERGY', '1', { max_power: 22 }), priced('ENERGY', '2', { min_power: 22 })];
    only(tariff(split), /Nobody pays for energy while nobody knows the power\./);
    // So the last element is not in vain.
    only(tariff([...split, priced('ENERGY', '3')]));
    only(tariff([priced('TIME', '1', { min_current: 0 })]), /while nobody knows the current/);
  });

  it('which element it is about, by its position', () => {
    const positions = (json: unknown) => validateTariff(json).map(({ element }) => element);
    assert.deepEqual(positions(tariff([priced('ENERGY', '1'), priced('ENERGY', '2')])), [1]);
    assert.deepEqual(positions(tariff([priced('ENERGY', '1'), priced('ENERGY', 'x')])), [1]);
    assert.deepEqual(positions(tariff([priced('ENERGY', '1', { max_kwh: 5 })])), [undefined]);
    assert.deepEqual(positions(null), [undefined]);
  });

  it('not more than anybody reads', () => {
    const many = validateTariff(tariff(Array(200).fill(priced('ENERGY', 'x'))));
    assert.equal(many.length, 101);
    assert.match(many.at(-1)?.message ?? '', /There is more; the first 100 are told/);
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

describe('what is said of a tariff, by trying it', () => {
  const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const hour = fc.constantFrom('00:00', '06:00', '12:00', '18:00');
  /** Borders from few values, so that they meet. */
  const pair = (names: readonly [string, string]) =>
    fc
      .subarray([0, 1, 2, 3], { minLength: 2, maxLength: 2 })
      .chain(([least, most]) =>
        fc.constantFrom({}, { [names[0]]: least }, { [names[1]]: most }, { [names[0]]: least, [names[1]]: most }),
      );
  const restrictions = fc
    .tuple(
      fc.record({
        start_time: some(hour),
        end_time: some(hour),
        day_of_week: some(fc.subarray(['MONDAY', 'SUNDAY'], { minLength: 1 })),
      }),
      fc.oneof(
        fc.constant({}),
        pair(['min_kwh', 'max_kwh']),
        pair(['min_power', 'max_power']),
        pair(['min_current', 'max_current']),
      ),
      fc.constantFrom(undefined, undefined, undefined, 'RESERVATION', 'RESERVATION_EXPIRES'),
    )
    .map(([clock, other, reservation]) => ({ ...clock, ...other, reservation }));
  const tariffs = fc
    .array(fc.record({ type: fc.constantFrom('ENERGY', 'TIME'), restrictions }), { minLength: 1, maxLength: 6 })
    .map((elements) => tariff(elements.map(({ type, restrictions: given }, at) => priced(type, String(at), given))));
  const moments = fc.array(
    fc
      .record({
        day: fc.nat(6),
        minuteOfDay: fc.nat(1439),
        kwh: fc.nat(3),
        power: some(fc.nat(3)),
        current: some(fc.nat(3)),
        reservation: fc.constantFrom(undefined, undefined, 'RESERVATION' as const, 'RESERVATION_EXPIRES' as const),
      })
      .map(({ day, minuteOfDay, kwh, power, current, reservation }) => ({
        // The fifth of January 1970 was a Monday.
        local: { day: day + 4, weekday: day, minuteOfDay },
        elapsedMs: 0,
        energy: BigInt(kwh) * UNITS_PER_KWH,
        power: power === undefined ? undefined : power * 1_000_000,
        current: current === undefined ? undefined : current * 1_000_000,
        reservation,
      })),
    { minLength: 50, maxLength: 50 },
  );

  it('what never counts does not, and where nobody is said to pay nothing somebody always pays', () => {
    fc.assert(
      fc.property(tariffs, moments, (json, at) => {
        const compiled = compileTariff(tariffSchema.parse(json));
        const found = validateTariff(json);
        const unreachable = new Set(
          found
            .filter(({ kind, path }) => kind === 'unreachable' && /^elements\.\d+$/.test(path))
            .map(({ element }) => element),
        );
        for (const moment of at) {
          const selection = selectComponents(compiled, moment);
          for (const [type, noun] of [
            ['ENERGY', 'energy'],
            ['TIME', 'time charging'],
          ] as const) {
            const winner = compiled.elements.findIndex(({ components }) =>
              components.some((one) => one === selection[type]),
            );
            assert.ok(!unreachable.has(winner));
            const prices = compiled.elements.some(
              ({ limits, components }) => limits.reservation === undefined && components[0]?.type === type,
            );
            const mayBeFree = found.some(
              ({ kind, message }) => kind === 'unpaid' && message.startsWith(`Nobody pays for ${noun} `),
            );
            if (prices && moment.reservation === undefined && !mayBeFree) assert.notEqual(winner, -1);
          }
        }
      }),
    );
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
