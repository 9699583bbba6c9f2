import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DAYS, type Restrictions, type Tariff, tariffSchema } from '../contract/tariff.ts';
import { type PricedSession, previewSessionSchema } from '../contract/tariff-preview.ts';
import { toPreviewSession } from '../testing/metered.ts';
import { compileTariff } from './compile-tariff.ts';
import type { Activity, MeteredSession } from './metered-session.ts';
import { priceSession } from './price-session.ts';
import { type RatedPeriod, rateSession } from './rate-session.ts';
import { Rational } from './rational.ts';
import { splitSession } from './split-session.ts';
import { bordersOf } from './tariff-borders.ts';

/**
 * Some hours before clocks are changed, at one in the night, at midnight (Cairo, which so has a day without 00:00) and by half an hour (Lord Howe); the
 * last of a month; a zone without changes.
 */
const PLACES = [
  ['Europe/Berlin', '2026-03-28T18:00:00Z'],
  ['Europe/Berlin', '2026-10-24T18:00:00Z'],
  ['Europe/Berlin', '2026-06-30T18:00:00Z'],
  ['Africa/Cairo', '2026-04-23T16:00:00Z'],
  ['Africa/Cairo', '2026-10-29T16:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T09:00:00Z'],
  ['Asia/Shanghai', '2026-06-30T10:00:00Z'],
] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;

const amount = fc.integer({ min: 0, max: 5000 }).map((value) => (value / 1000).toString());
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
/** One border, or two in their order; seldom none. */
const between = (max: number, names: readonly [string, string]) =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 2 }).chain((values) => {
    const [least, most] = values.sort((a, b) => a - b);
    return most === undefined
      ? fc.constantFrom({ [names[0]]: least }, { [names[1]]: least })
      : fc.constant({ [names[0]]: least, [names[1]]: most });
  });

const clockLimits = fc.record({
  start_time: sometimes(time),
  end_time: sometimes(time),
  start_date: sometimes(fc.constantFrom('2026-03-29', '2026-04-24', '2026-07-01', '2026-10-25')),
  end_date: sometimes(fc.constantFrom('2026-10-30', '2026-11-01')),
  day_of_week: sometimes(fc.subarray([...DAYS], { minLength: 1 })),
});
const kwhLimits = between(25, ['min_kwh', 'max_kwh']);
const otherLimits = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  { arbitrary: kwhLimits, weight: 2 },
  between(30_000, ['min_duration', 'max_duration']),
  between(100, ['min_power', 'max_power']),
  between(32, ['min_current', 'max_current']),
);
const reservation = fc.constantFrom(undefined, undefined, undefined, undefined, 'RESERVATION', 'RESERVATION_EXPIRES');
const anyLimits = fc
  .tuple(clockLimits, otherLimits, fc.boolean(), reservation)
  .map(([clock, other, isClock, reserved]) => ({
    ...(isClock ? clock : {}),
    ...other,
    ...(reserved === undefined ? {} : { reservation: reserved }),
  }));

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

/** Any of the four; no least is above a most, as nothing could hold both where nothing is taxed. */
const limits = fc
  .tuple(fc.tuple(amount, amount, amount, amount), fc.subarray(['leastNet', 'leastGross', 'mostNet', 'mostGross']))
  .map(([amounts, given]) => {
    const sorted = [...amounts].sort((a, b) => Number(a) - Number(b));
    const [leastNet, leastGross, mostNet, mostGross] = ['leastNet', 'leastGross', 'mostNet', 'mostGross'].map(
      (name, at) => (given.includes(name) ? sorted[at] : undefined),
    );
    return {
      min_price: { excl_vat: leastNet, incl_vat: leastGross },
      max_price: { excl_vat: mostNet, incl_vat: mostGross },
    };
  });

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
      tax: sometimes(fc.constantFrom('YES', 'NO', 'N/A')),
    })
    .map(({ elements, limits: leastAndMost, fee, idle, tax }) =>
      tariffSchema.parse({
        currency: 'EUR',
        elements,
        ...leastAndMost,
        service_fee_per_kwh: fee,
        idle_fee: idle,
        tax_included: tax,
      }),
    );
}

const anyTariff = tariffs(anyLimits, [0, 1, 300, 900]);

/** Some hours, often over midnight and a change of the clocks; energy in whole watt-hours, and often in whole kilowatt-hours, as restrictions are. */
const sessions: fc.Arbitrary<MeteredSession> = fc
  .record({
    place: fc.constantFrom(...PLACES),
    lateMinutes: fc.nat(8 * 60),
    steps: fc.array(
      fc.record({
        ms: fc.oneof(
          fc.integer({ min: 0, max: 4 * HOUR_MS }),
          fc.nat(16).map((quarters) => quarters * QUARTER_MS),
        ),
        wh: fc.oneof(
          fc.nat(15_000),
          fc.nat(8).map((kwh) => kwh * 1000),
        ),
        kw: sometimes(fc.nat(120)),
        ampere: sometimes(fc.nat(40)),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    activities: fc.array(
      fc.record({
        ms: fc.nat(20 * HOUR_MS),
        activity: fc.constantFrom<Activity>(
          'charging',
          'parking',
          'charging',
          'parking',
          'RESERVATION',
          'RESERVATION_EXPIRES',
        ),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ place: [timeZone, start], lateMinutes, steps, activities }) => {
    const startMs = Date.parse(start) + lateMinutes * MINUTE_MS;
    let [atMs, energyMilliWh] = [startMs, 0n];
    const readings = steps.map(({ ms, wh, kw, ampere }) => {
      atMs += ms;
      energyMilliWh += BigInt(wh) * 1000n;
      return {
        atMs,
        energyMilliWh,
        ...(kw === undefined ? {} : { powerMilliW: kw * 1_000_000 }),
        ...(ampere === undefined ? {} : { currentMicroA: ampere * 1_000_000 }),
      };
    });
    const changes = activities.map(({ ms, activity }) => ({ fromMs: startMs + ms, activity }));
    changes.sort((a, b) => a.fromMs - b.fromMs);
    return { timeZone, startMs, endMs: atMs, readings, activities: changes };
  });

type Share = readonly [timePercent: number, energyPercent: number];

const amountsOf = ({ exclVat, inclVat }: PricedSession) => [exclVat, inclVat];
const isAtLeast = (one: string | null, other: string | null) =>
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

/** What a clock on the wall says, by Intl and nothing of ours. */
function wallClock(atMs: number, timeZone: string): { date: string; time: string; day: string } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}`,
    day: parts.weekday?.toUpperCase() ?? '',
  };
}

/** The rule of restrictions by the clock, said once more as plainly as can be. */
function isOpen(limit: Restrictions, now: ReturnType<typeof wallClock>): boolean {
  const [from, until] = [limit.start_time ?? '00:00', limit.end_time ?? '00:00'];
  const isInDay =
    from === until || (from < until ? now.time >= from && now.time < until : now.time >= from || now.time < until);
  const isDay = limit.day_of_week === undefined || limit.day_of_week.some((day) => day === now.day);
  return isInDay && isDay && now.date >= (limit.start_date ?? '') && now.date < (limit.end_date ?? '9');
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

  it('follows the clock on the wall: every quarter of an hour has the price of its beginning', () => {
    // Borders of the clock lie at quarters of an hour, in zones of whole and half hours; so they are quarters of an hour of UTC.
    const quarters = fc.record({
      place: fc.constantFrom(...PLACES),
      late: fc.nat(32),
      count: fc.integer({ min: 1, max: 80 }),
    });
    const hourly = fc.array(fc.record({ price: amount, limit: clockLimits }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(hourly, quarters, (prices, { place: [timeZone, start], late, count }) => {
        const elements = prices.map(({ price, limit }) => ({
          price_components: [{ type: 'TIME', price, step_size: 0 }],
          restrictions: limit,
        }));
        const tariff = tariffSchema.parse({ currency: 'EUR', elements });
        const startMs = Date.parse(start) + late * QUARTER_MS;
        const session = { timeZone, startMs, endMs: startMs + count * QUARTER_MS, readings: [], activities: [] };
        let expected = Rational.ZERO;
        for (let atMs = startMs; atMs < session.endMs; atMs += QUARTER_MS) {
          const now = wallClock(atMs, timeZone);
          const element = tariff.elements.find(({ restrictions }) => isOpen(restrictions ?? {}, now));
          const price = Rational.parse(element?.price_components[0]?.price ?? '0');
          expected = expected.plus(price.dividedBy(Rational.of(4n)));
        }
        assert.equal(rate(tariff, session).price.exclVat, expected.toDecimal());
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

  it('says where energy was not read at both ends of a period', () => {
    fc.assert(
      fc.property(anyTariff, sessions, (tariff, session) => {
        const total = session.readings.at(-1)?.energyMilliWh ?? 0n;
        const isRead = (atMs: number, energyMilliWh: bigint): boolean =>
          (atMs === session.startMs && energyMilliWh === 0n) ||
          (atMs === session.endMs && energyMilliWh === total) ||
          session.readings.some((one) => one.atMs === atMs && one.energyMilliWh === energyMilliWh);
        let before = 0n;
        for (const { startMs, endMs, energyMilliWh, interpolated } of rate(tariff, session).periods) {
          const after = before + energyMilliWh;
          // Between two readings that are the same nothing is to be guessed either.
          const isKnown = [before, after].every(
            (energy) => energy === 0n || session.readings.some((one) => one.energyMilliWh === energy),
          );
          if (!interpolated) assert.ok(isKnown);
          if (isRead(startMs, before) && isRead(endMs, after)) assert.ok(!interpolated);
          before = after;
        }
      }),
    );
  });

  it('is the sum of its lines, each amount within the least and the most of its own', () => {
    fc.assert(
      fc.property(anyTariff, sessions, (tariff, session) => {
        const { price } = rate(tariff, session);
        for (const side of ['exclVat', 'inclVat'] as const) {
          const sum = price.lines.reduce((total, line) => total.plus(Rational.parse(line[side] ?? '0')), Rational.ZERO);
          const rest = sum.minus(Rational.parse(price[side] ?? '0'));
          // Amounts without an end are shown with nine places at most.
          const tolerance = Rational.of(BigInt(price.lines.length + 1), 10n ** 9n);
          assert.ok(rest.compare(tolerance) <= 0 && Rational.ZERO.minus(rest).compare(tolerance) <= 0);
        }
        const { min_price: least, max_price: most, tax_included: tax } = tariff;
        for (const [side, name] of [
          ['exclVat', 'excl_vat'],
          ['inclVat', 'incl_vat'],
        ] as const) {
          if (price[side] === null) continue;
          if (least?.[name] !== undefined) assert.ok(isAtLeast(price[side], least[name]));
          if (most?.[name] !== undefined) assert.ok(isAtLeast(most[name], price[side]));
        }
        assert.equal(price.exclVat === null, tax === 'YES');
        const moved = price.lines.filter(({ periods }) => periods.length === 0);
        assert.ok(moved.length <= 1);
        if (moved.length === 0) assert.ok(isAtLeast(price.inclVat, price.exclVat));
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
        assert.ok(isAtLeast(after.price.exclVat, before.price.exclVat));
        assert.ok(isAtLeast(after.price.inclVat, before.price.inclVat));
      }),
    );
  });

  it('never costs less for energy that comes later, whatever its borders are', () => {
    fc.assert(
      fc.property(anyTariff, sessions, fc.nat(5000), fc.nat(HOUR_MS), (tariff, session, wh, ms) => {
        const stepless = { ...tariff, elements: tariff.elements.map(withoutSteps) };
        const end = session.readings.at(-1);
        assert.ok(end);
        const later = { atMs: end.atMs + ms, energyMilliWh: end.energyMilliWh + BigInt(wh) * 1000n };
        const longer = { ...session, endMs: later.atMs, readings: [...session.readings, later] };
        const [before, after] = [rate(stepless, session), rate(stepless, longer)];
        assert.ok(isAtLeast(after.price.exclVat, before.price.exclVat));
        assert.ok(isAtLeast(after.price.inclVat, before.price.inclVat));
      }),
    );
  });

  it('was tried on borders of every kind', () => {
    const reached: Record<string, number> = {};
    const count = (kind: string) => {
      reached[kind] = (reached[kind] ?? 0) + 1;
    };
    const samples = 400;
    for (const [tariff, session] of fc.sample(fc.tuple(anyTariff, sessions), { numRuns: samples, seed: 1 })) {
      const { startMs, endMs, timeZone } = session;
      const borders = bordersOf(compileTariff(tariff));
      const pieces = splitSession(session, borders).slice(1);
      const has = (kind: string, isSo: (piece: (typeof pieces)[number]) => boolean) => pieces.some(isSo) && count(kind);
      has(
        'minute of the day',
        ({ local, from }) => from.atMs % MINUTE_MS === 0 && borders.minutesOfDay.includes(local.minuteOfDay),
      );
      has('midnight', ({ local, from }) => from.atMs % MINUTE_MS === 0 && local.minuteOfDay === 0);
      has('energy', ({ from }) => borders.energyMilliWh.includes(from.energyMilliWh));
      has(
        'energy at a reading',
        ({ from }) => !from.interpolated && borders.energyMilliWh.includes(from.energyMilliWh),
      );
      has('duration', ({ from }) => borders.elapsedMs.includes(from.atMs - startMs));
      has('power', ({ powerMilliW }) => powerMilliW !== pieces[0]?.powerMilliW);
      has('parking', ({ activity }) => activity === 'parking');
      has('reservation', ({ activity }) => activity === 'RESERVATION' || activity === 'RESERVATION_EXPIRES');
      if (zoneMinutes(startMs, timeZone) !== zoneMinutes(endMs, timeZone)) count('change of the clocks');
    }
    for (const kind of [
      'minute of the day',
      'midnight',
      'energy',
      'energy at a reading',
      'duration',
      'power',
      'parking',
      'reservation',
      'change of the clocks',
    ]) {
      assert.ok((reached[kind] ?? 0) >= samples / 40, `${kind}: ${reached[kind] ?? 0} of ${samples}`);
    }
  });
});

/** How far a clock on the wall is from UTC, in minutes of a day. */
function zoneMinutes(atMs: number, timeZone: string): number {
  const [here, utc] = [timeZone, 'UTC'].map((zone) => wallClock(atMs, zone).time);
  const minutes = (text = '') => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return (minutes(here) - minutes(utc) + 1440) % 1440;
}

function withoutSteps(element: Tariff['elements'][number]): Tariff['elements'][number] {
  return { ...element, price_components: element.price_components.map((one) => ({ ...one, step_size: 0 })) };
}
