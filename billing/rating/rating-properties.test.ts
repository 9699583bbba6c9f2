import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DAYS, type Tariff, tariffSchema } from '../contract/tariff.ts';
import { type PricedSession, previewSessionSchema } from '../contract/tariff-preview.ts';
import { toPreviewSession } from '../testing/metered.ts';
import { compileTariff } from './compile-tariff.ts';
import type { Activity, MeteredSession } from './metered-session.ts';
import { priceSession } from './price-session.ts';
import { type RatedPeriod, rateSession } from './rate-session.ts';
import { Rational } from './rational.ts';
import { splitSession } from './split-session.ts';
import { bordersOf } from './tariff-borders.ts';

/** Around a change of the clocks in Berlin, so that every day of 23 and 25 hours has its turn. */
const MOMENTS = ['2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-06-30T12:00:00Z'].map((text) =>
  Date.parse(text),
);
const HOUR_MS = 3_600_000;

const amount = fc.integer({ min: 0, max: 5000 }).map((value) => (value / 1000).toString());
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const clockLimits = fc.record({
  start_time: sometimes(time),
  end_time: sometimes(time),
  start_date: sometimes(fc.constantFrom('2026-03-29', '2026-07-01', '2026-10-25')),
  day_of_week: sometimes(fc.subarray([...DAYS], { minLength: 1 })),
});
const otherLimits = fc.record({
  max_kwh: sometimes(fc.integer({ min: 1, max: 40 }).map(String)),
  min_duration: sometimes(fc.integer({ min: 60, max: 30_000 })),
  max_power: sometimes(fc.integer({ min: 1, max: 100 })),
});
const componentsOf = (stepSizes: readonly number[]) =>
  fc.uniqueArray(
    fc.record({
      type: fc.constantFrom('ENERGY', 'TIME', 'PARKING_TIME', 'FLAT'),
      price: amount,
      vat: sometimes(fc.constantFrom('0', '7', '19.5')),
      step_size: fc.constantFrom(...stepSizes),
    }),
    { minLength: 1, maxLength: 4, selector: ({ type }) => type },
  );

/** Least and most in the order that they must have. */
const limits = fc
  .tuple(sometimes(amount), sometimes(amount))
  .map(([one, other]) =>
    one !== undefined && other !== undefined && Number(one) > Number(other) ? [other, one] : [one, other],
  );

function tariffs(restrictions: fc.Arbitrary<object>, stepSizes: readonly number[]): fc.Arbitrary<Tariff> {
  return fc
    .record({
      elements: fc.array(fc.record({ price_components: componentsOf(stepSizes), restrictions }), {
        minLength: 1,
        maxLength: 5,
      }),
      limits,
      fee: sometimes(amount),
      idle: sometimes(fc.record({ price_per_hour: amount, grace_s: fc.nat(7200), max_price: sometimes(amount) })),
    })
    .map(({ elements, limits: [least, most], fee, idle }) =>
      tariffSchema.parse({
        currency: 'EUR',
        elements,
        min_price: least === undefined ? undefined : { excl_vat: least },
        max_price: most === undefined ? undefined : { excl_vat: most },
        service_fee_per_kwh: fee,
        idle_fee: idle,
      }),
    );
}

const anyTariff = tariffs(
  fc.tuple(clockLimits, otherLimits).map(([clock, other]) => ({ ...clock, ...other })),
  [0, 1, 300, 900],
);

/** Up to a day; energy in whole watt-hours. */
const sessions: fc.Arbitrary<MeteredSession> = fc
  .record({
    startMs: fc.constantFrom(...MOMENTS),
    steps: fc.array(
      fc.record({ ms: fc.integer({ min: 0, max: 4 * HOUR_MS }), wh: fc.nat(15_000), kw: sometimes(fc.nat(120)) }),
      { minLength: 1, maxLength: 8 },
    ),
    activities: fc.array(
      fc.record({ ms: fc.nat(20 * HOUR_MS), activity: fc.constantFrom<Activity>('charging', 'parking') }),
      { maxLength: 4 },
    ),
  })
  .map(({ startMs, steps, activities }) => {
    let [atMs, energyMilliWh] = [startMs, 0n];
    const readings = steps.map(({ ms, wh, kw }) => {
      atMs += ms;
      energyMilliWh += BigInt(wh) * 1000n;
      return { atMs, energyMilliWh, ...(kw === undefined ? {} : { powerMilliW: kw * 1_000_000 }) };
    });
    const changes = activities.map(({ ms, activity }) => ({ fromMs: startMs + ms, activity }));
    changes.sort((a, b) => a.fromMs - b.fromMs);
    return { timeZone: 'Europe/Berlin', startMs, endMs: atMs, readings, activities: changes };
  });

type Share = readonly [timePercent: number, energyPercent: number];

const amountsOf = ({ exclVat, inclVat }: PricedSession) => [exclVat, inclVat];
const atLeast = (one: string | null, other: string | null) =>
  Rational.parse(one ?? '0').compare(Rational.parse(other ?? '0')) >= 0;
const rate = (tariff: Tariff, session: MeteredSession) => rateSession(compileTariff(tariff), session);

/** Every piece between two borders as two periods, cut at a share of its time and at another one of its energy. */
function cutPieces(tariff: Tariff, session: MeteredSession, shares: readonly Share[]): RatedPeriod[] {
  return splitSession(session, bordersOf(compileTariff(tariff))).flatMap(({ from, until, ...piece }, index) => {
    const [timePercent, energyPercent] = shares[index % shares.length] ?? [50, 50];
    const middleMs = from.atMs + Math.floor(((until.atMs - from.atMs) * timePercent) / 100);
    const energyMilliWh = until.energyMilliWh - from.energyMilliWh;
    const first = (energyMilliWh * BigInt(energyPercent)) / 100n;
    return [
      { ...piece, interpolated: true, startMs: from.atMs, endMs: middleMs, energyMilliWh: first },
      { ...piece, interpolated: true, startMs: middleMs, endMs: until.atMs, energyMilliWh: energyMilliWh - first },
    ];
  });
}

describe('rating', () => {
  it('splits where it must: its periods, taken as they are, cost the same', () => {
    fc.assert(
      fc.property(anyTariff, sessions, (tariff, session) => {
        const { periods, price } = rate(tariff, session);
        const given = previewSessionSchema.parse(toPreviewSession(session, periods));
        assert.deepEqual(amountsOf(priceSession(tariff, given)), amountsOf(price));
      }),
    );
  });

  it('splits enough: splitting further changes nothing', () => {
    const percent = fc.integer({ min: 0, max: 99 });
    const share: fc.Arbitrary<Share> = fc.tuple(percent, percent);
    fc.assert(
      fc.property(anyTariff, sessions, fc.array(share, { minLength: 1, maxLength: 5 }), (tariff, session, shares) => {
        const { price } = rate(tariff, session);
        const given = previewSessionSchema.parse(toPreviewSession(session, cutPieces(tariff, session, shares)));
        assert.deepEqual(amountsOf(priceSession(tariff, given)), amountsOf(price));
      }),
    );
  });

  it('loses and adds nothing: periods follow each other and hold all energy', () => {
    fc.assert(
      fc.property(anyTariff, sessions, (tariff, session) => {
        const { periods } = rate(tariff, session);
        assert.equal(periods[0]?.startMs, session.startMs);
        assert.equal(periods.at(-1)?.endMs, session.endMs);
        periods.forEach(({ startMs }, at) => {
          if (at > 0) assert.equal(startMs, periods[at - 1]?.endMs);
        });
        const energy = periods.reduce((sum, period) => sum + period.energyMilliWh, 0n);
        assert.equal(energy, session.readings.at(-1)?.energyMilliWh);
      }),
    );
  });

  it('is the sum of its lines, within the least and the most', () => {
    fc.assert(
      fc.property(anyTariff, sessions, (tariff, session) => {
        const { price } = rate(tariff, session);
        for (const side of ['exclVat', 'inclVat'] as const) {
          const sum = price.lines.reduce((total, line) => total.plus(Rational.parse(line[side] ?? '0')), Rational.ZERO);
          const rest = sum.minus(Rational.parse(price[side] ?? '0'));
          // Amounts without an end are shown with nine places.
          const tolerance = Rational.of(BigInt(price.lines.length + 1), 10n ** 9n);
          assert.ok(rest.compare(tolerance) <= 0 && Rational.ZERO.minus(rest).compare(tolerance) <= 0);
        }
        const [least, most] = [tariff.min_price?.excl_vat, tariff.max_price?.excl_vat];
        if (least !== undefined) assert.ok(atLeast(price.exclVat, least));
        if (most !== undefined) assert.ok(atLeast(most, price.exclVat));
        assert.ok(atLeast(price.inclVat, price.exclVat));
      }),
    );
  });

  it('never costs less for more energy at the same times', () => {
    // Without borders in energy, duration or power; energies are whole watt-hours, so that steps of one add nothing.
    fc.assert(
      fc.property(tariffs(clockLimits, [0, 1]), sessions, fc.array(fc.nat(5000)), (tariff, session, extra) => {
        let more = 0n;
        const readings = session.readings.map((reading, at) => {
          more += BigInt(extra[at] ?? 0) * 1000n;
          return { ...reading, energyMilliWh: reading.energyMilliWh + more };
        });
        const [before, after] = [rate(tariff, session), rate(tariff, { ...session, readings })];
        assert.ok(atLeast(after.price.exclVat, before.price.exclVat));
      }),
    );
  });

  it('never costs less for energy that comes later', () => {
    fc.assert(
      fc.property(anyTariff, sessions, fc.nat(5000), fc.nat(HOUR_MS), (tariff, session, wh, ms) => {
        const stepless = { ...tariff, elements: tariff.elements.map(withoutSteps) };
        const end = session.readings.at(-1);
        assert.ok(end);
        const later = { atMs: end.atMs + ms, energyMilliWh: end.energyMilliWh + BigInt(wh) * 1000n };
        const longer = { ...session, endMs: later.atMs, readings: [...session.readings, later] };
        assert.ok(atLeast(rate(stepless, longer).price.exclVat, rate(stepless, session).price.exclVat));
      }),
    );
  });
});

function withoutSteps(element: Tariff['elements'][number]): Tariff['elements'][number] {
  return { ...element, price_components: element.price_components.map((one) => ({ ...one, step_size: 0 })) };
}
