import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Tariff, tariffSchema } from '../contract/tariff.ts';
import { type PreviewSession, previewSessionSchema } from '../contract/tariff-preview.ts';
import { priceSession } from './price-session.ts';
import { Rational } from './rational.ts';

interface Worked {
  readonly id: string;
  readonly tariff: unknown;
  readonly session: unknown;
  readonly expected: Readonly<Record<string, string>>;
  readonly decimals: number;
}

const WORKED = JSON.parse(
  readFileSync(new URL('../testing/worked-tariffs.json', import.meta.url), 'utf8'),
) as readonly Worked[];

const price = (tariff: unknown, session: unknown) =>
  priceSession(tariffSchema.parse(tariff), previewSessionSchema.parse(session));
const rounded = (amount: string | null | undefined, places: number) =>
  amount == null ? amount : Rational.parse(amount).toFixed(places);

/** A session of one day in Berlin; each period: minutes from its start, and what happened in it. */
function sessionOf(start: string, periods: readonly (Record<string, unknown> & { after: number })[]): unknown {
  return {
    time_zone: 'Europe/Berlin',
    start,
    periods: periods.map(({ after, ...what }) => ({
      start: new Date(Date.parse(start) + after * 60_000).toISOString(),
      ...what,
    })),
  };
}

const energy = (perKwh: string, more: Record<string, unknown> = {}, restrictions?: Record<string, unknown>) => ({
  price_components: [{ type: 'ENERGY', price: perKwh, step_size: 1, ...more }],
  ...(restrictions === undefined ? {} : { restrictions }),
});

describe('what a session costs', () => {
  for (const { id, tariff, session, expected, decimals } of WORKED) {
    it(`is worked out as ${id}`, () => {
      const priced = price(tariff, session);
      const { excl_vat, incl_vat, exact_excl, exact_incl, electricity_fee, service_fee, total } = expected;
      if (excl_vat !== undefined) assert.equal(rounded(priced.exclVat, decimals), excl_vat);
      if (incl_vat !== undefined) assert.equal(rounded(priced.inclVat, decimals), incl_vat);
      if (exact_excl !== undefined) assert.equal(priced.exclVat, exact_excl);
      if (exact_incl !== undefined) assert.equal(priced.inclVat, exact_incl);
      if (electricity_fee !== undefined) assert.equal(rounded(priced.electricityFee, decimals), electricity_fee);
      if (service_fee !== undefined) assert.equal(rounded(priced.serviceFee, decimals), service_fee);
      if (total !== undefined) assert.equal(rounded(priced.total, decimals), total);
    });
  }

  it('says of each line where it comes from', () => {
    const tariff = {
      currency: 'EUR',
      elements: [
        {
          price_components: [
            { type: 'FLAT', price: '1', vat: '19', step_size: 1 },
            { type: 'ENERGY', price: '0.30', vat: '19', step_size: 1 },
            { type: 'TIME', price: 3, vat: 19, step_size: 60 },
          ],
        },
      ],
    };
    // 90 s are rounded to two minutes: 2/60 h × 3 = 0.1.
    const session = sessionOf('2026-03-01T10:00:00Z', [
      { after: 0, energy_kwh: '1.5', time_s: 60 },
      { after: 1, energy_kwh: '0.5', time_s: 30 },
    ]);
    assert.deepEqual(price(tariff, session), {
      currency: 'EUR',
      exclVat: '1.7',
      inclVat: '2.023',
      lines: [
        {
          dimension: 'FLAT',
          quantity: '1',
          unit: 'session',
          price: '1',
          vatPercent: '19',
          exclVat: '1',
          inclVat: '1.19',
          periods: [0],
        },
        {
          dimension: 'ENERGY',
          quantity: '2',
          unit: 'kWh',
          price: '0.3',
          vatPercent: '19',
          exclVat: '0.6',
          inclVat: '0.714',
          periods: [0, 1],
        },
        {
          dimension: 'TIME',
          quantity: '0.033333333',
          unit: 'h',
          price: '3',
          vatPercent: '19',
          exclVat: '0.1',
          inclVat: '0.119',
          periods: [0, 1],
        },
      ],
    });
  });

  it('follows the clock of the place: across midnight and both changes of the clocks', () => {
    const night = {
      currency: 'EUR',
      elements: [energy('0.2', {}, { start_time: '22:00', end_time: '06:00' }), energy('0.4')],
    };
    // 2026-03-29: clocks in Berlin go from 02:00 (+1) to 03:00 (+2) at 01:00 Z. 04:30 Z is 06:30 there, 03:30 Z is 05:30.
    const forward = sessionOf('2026-03-28T21:30:00Z', [
      { after: 0, energy_kwh: '1' },
      { after: 360, energy_kwh: '1' },
      { after: 420, energy_kwh: '1' },
    ]);
    assert.equal(price(night, forward).exclVat, '0.8');
    // 2026-10-25: back at 01:00 Z. 04:30 Z is 05:30 there, which it would not be with the offset of the evening before.
    const back = sessionOf('2026-10-24T20:30:00Z', [
      { after: 0, energy_kwh: '1' },
      { after: 480, energy_kwh: '1' },
      { after: 540, energy_kwh: '1' },
    ]);
    assert.equal(price(night, back).exclVat, '0.8');
  });

  it('follows dates and days of the week of the place', () => {
    const tariff = {
      currency: 'EUR',
      elements: [
        energy('1', {}, { end_date: '2026-03-01' }),
        energy('2', {}, { day_of_week: ['SUNDAY'] }),
        energy('3', {}, { start_date: '2026-03-02', day_of_week: [] }),
      ],
    };
    // 23:30 Z on the last of February is Sunday, the first of March, in Berlin.
    const session = sessionOf('2026-02-28T22:30:00Z', [
      { after: 0, energy_kwh: '1' },
      { after: 60, energy_kwh: '1' },
      { after: 25 * 60, energy_kwh: '1' },
    ]);
    assert.equal(price(tariff, session).exclVat, '6');
  });

  it('counts energy and time before a period, from the least on and below the most', () => {
    const tariff = {
      currency: 'EUR',
      elements: [
        energy('0', {}, { max_kwh: '10' }),
        energy('0.5', {}, { min_kwh: '10', max_duration: 3600 }),
        energy('0.9'),
      ],
    };
    const session = sessionOf('2026-03-01T10:00:00Z', [
      { after: 0, energy_kwh: '10' },
      { after: 59, energy_kwh: '1' },
      { after: 60, energy_kwh: '1' },
    ]);
    assert.equal(price(tariff, session).exclVat, '1.4');
  });

  it('a restriction to what is not known does not hold', () => {
    const tariff = { currency: 'EUR', elements: [energy('1', {}, { max_power: '22' }), energy('2')] };
    const of = (more: object) =>
      price(tariff, sessionOf('2026-03-01T10:00:00Z', [{ after: 0, energy_kwh: '1', ...more }])).exclVat;
    assert.deepEqual([of({ power_kw: '11' }), of({ power_kw: '22' }), of({})], ['1', '2', '2']);
  });

  it('net and gross have limits of their own; without VAT they are one', () => {
    const session = sessionOf('2026-03-01T10:00:00Z', [{ after: 0, energy_kwh: '1' }]);
    const taxed = {
      currency: 'EUR',
      elements: [energy('0.1', { vat: '20' })],
      min_price: { excl_vat: '0.5', incl_vat: '0.55' },
    };
    const { exclVat, inclVat, lines } = price(taxed, session);
    assert.deepEqual([exclVat, inclVat], ['0.5', '0.55']);
    assert.deepEqual(lines[1], {
      dimension: 'FLAT',
      quantity: '1',
      unit: 'session',
      price: '0.4',
      vatPercent: null,
      exclVat: '0.4',
      inclVat: '0.43',
      periods: [],
    });
    const plain = { currency: 'EUR', elements: [energy('9')], max_price: { excl_vat: '5' } };
    assert.deepEqual([price(plain, session).exclVat, price(plain, session).inclVat], ['5', '5']);
  });

  it('a price that holds its tax is gross, whatever rate stands beside it', () => {
    const tariff = { currency: 'CAD', tax_included: 'YES', elements: [energy('2.10', { vat: '5' })] };
    const priced = price(tariff, sessionOf('2026-03-01T10:00:00Z', [{ after: 0, energy_kwh: '2' }]));
    assert.deepEqual(
      [priced.exclVat, priced.inclVat, priced.lines[0]?.exclVat, priced.lines[0]?.inclVat],
      [null, '4.2', null, '4.2'],
    );
  });

  it('a session in which nothing happens, or nothing is priced, costs nothing', () => {
    const tariff = { currency: 'EUR', elements: [energy('1', {}, { start_time: '01:00', end_time: '02:00' })] };
    for (const periods of [[], [{ after: 0, energy_kwh: '5', time_s: 60, parking_s: 60 }]]) {
      assert.deepEqual(price(tariff, sessionOf('2026-03-01T10:00:00Z', periods)), {
        currency: 'EUR',
        exclVat: '0',
        inclVat: '0',
        lines: [],
      });
    }
  });

  const amount = fc.integer({ min: 0, max: 50_000 }).map((value) => (value / 1000).toString());
  const tariffs = fc
    .record({
      prices: fc.array(
        fc.record({ price: amount, vat: fc.constantFrom('0', '7', '19'), from: fc.integer({ min: 0, max: 20 }) }),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      least: fc.option(amount, { nil: undefined }),
    })
    .map(
      ({ prices, least }): Tariff =>
        tariffSchema.parse({
          currency: 'EUR',
          elements: prices.map(({ price: perKwh, vat, from }) =>
            energy(perKwh, { vat, step_size: 0 }, { min_kwh: String(from) }),
          ),
          ...(least === undefined ? {} : { min_price: { excl_vat: least } }),
        }),
    );
  const sessions = fc.array(amount, { minLength: 1, maxLength: 8 }).map(
    (energies): PreviewSession =>
      previewSessionSchema.parse(
        sessionOf(
          '2026-03-01T10:00:00Z',
          energies.map((kwh, index) => ({ after: index * 15, energy_kwh: kwh })),
        ),
      ),
  );

  it('is the sum of its lines, and within its limits', () => {
    fc.assert(
      fc.property(tariffs, sessions, (tariff, session) => {
        const { exclVat, inclVat, lines } = priceSession(tariff, session);
        const sum = (pick: (line: (typeof lines)[number]) => string | null) =>
          lines.reduce((total, line) => total.plus(Rational.parse(pick(line) ?? '0')), Rational.ZERO).toDecimal();
        assert.equal(
          sum((line) => line.exclVat),
          exclVat,
        );
        assert.equal(
          sum((line) => line.inclVat),
          inclVat,
        );
        const least = tariff.min_price?.excl_vat ?? '0';
        assert.ok(Rational.parse(exclVat ?? '0').compare(Rational.parse(least)) >= 0);
      }),
    );
  });

  it('does not shrink when more energy is taken at the end', () => {
    fc.assert(
      fc.property(tariffs, sessions, amount, (tariff, session, more) => {
        const longer = { ...session, periods: session.periods.map((period) => ({ ...period })) };
        const last = longer.periods.at(-1);
        assert.ok(last);
        last.energy_kwh = Rational.parse(last.energy_kwh ?? '0')
          .plus(Rational.parse(more))
          .toDecimal();
        const [before, after] = [priceSession(tariff, session), priceSession(tariff, longer)];
        assert.ok(Rational.parse(after.exclVat ?? '0').compare(Rational.parse(before.exclVat ?? '0')) >= 0);
      }),
    );
  });
});
