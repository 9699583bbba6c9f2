import { parseArgs } from 'node:util';
import { tariffSchema } from '@voltpile/billing/contract/tariff';
import { compileTariff } from '@voltpile/billing/rating/compile-tariff';
import type { MeteredSession } from '@voltpile/billing/rating/metered-session';
import { rateSession } from '@voltpile/billing/rating/rate-session';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '4' },
    every: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench:rating -- [options]

  --hours 4     length of each session
  --every 10    seconds from one reading to the next
  --seconds 5   measured part, for each tariff; one more before it warms up

One core, no database: each session has its own readings and is priced from the first border to the last line.`);
  process.exit(0);
}

const durationMs = Number(values.hours) * 3_600_000;
const everyMs = Number(values.every) * 1000;
const measuredMs = Number(values.seconds) * 1000;
const DAY_MS = 86_400_000;

const step = { step_size: 1 };
const energy = (price: string, restrictions: object = {}) => ({
  price_components: [{ type: 'ENERGY', price, vat: '19', ...step }],
  restrictions,
});

const TARIFFS: Readonly<Record<string, object>> = {
  'one price': { currency: 'EUR', elements: [energy('0.39')] },
  'time of day, four rates and service': {
    currency: 'CNY',
    service_fee_per_kwh: '0.8',
    elements: [
      ['1.3', '10:00', '12:00'],
      ['1.0', '12:00', '15:00'],
      ['1.0', '18:00', '21:00'],
      ['0.7', '07:00', '10:00'],
      ['0.7', '15:00', '18:00'],
      ['0.7', '21:00', '23:00'],
      ['0.4', '23:00', '07:00'],
    ].map(([price = '', start_time, end_time]) => energy(price, { start_time, end_time })),
  },
  'day, weekend, energy, duration, parking, idle': {
    currency: 'EUR',
    elements: [
      energy('0.29', { day_of_week: ['SATURDAY', 'SUNDAY'], max_kwh: 30 }),
      energy('0.35', { start_time: '22:00', end_time: '06:00' }),
      energy('0.45', { max_kwh: 50 }),
      energy('0.55'),
      {
        price_components: [{ type: 'TIME', price: '0.6', vat: '19', step_size: 60 }],
        restrictions: { min_duration: 7200 },
      },
      { price_components: [{ type: 'FLAT', price: '0.5', vat: '19', ...step }] },
      { price_components: [{ type: 'PARKING_TIME', price: '3', vat: '19', step_size: 300 }] },
    ],
    idle_fee: { price_per_hour: '6', grace_s: 600, max_price: '20', vat: '19' },
    max_price: { excl_vat: '60' },
  },
  'power (every reading is looked at)': {
    currency: 'EUR',
    elements: [energy('0.40', { max_power: 22 }), energy('0.50', { max_power: 50 }), energy('0.60')],
  },
};

/** Sessions that begin all through a day, with a power that falls while the battery fills; the last half hour they stand. */
function sessions(count: number): MeteredSession[] {
  const start = Date.parse('2026-03-14T00:00:00Z');
  return Array.from({ length: count }, (_, index) => {
    const startMs = start + Math.floor((DAY_MS * index) / count) + index;
    const readings = [];
    let [energyMilliWh, kw] = [0n, 120];
    for (let atMs = startMs; atMs <= startMs + durationMs; atMs += everyMs) {
      readings.push({ atMs, energyMilliWh, powerMilliW: Math.round(kw * 1e6) });
      kw = atMs < startMs + durationMs - DAY_MS / 48 ? kw * 0.998 : 0;
      energyMilliWh += BigInt(Math.round((kw * 1e6 * everyMs) / 3_600_000));
    }
    const parkedMs = startMs + durationMs - DAY_MS / 48;
    return {
      timeZone: 'Europe/Berlin',
      startMs,
      endMs: startMs + durationMs,
      readings,
      activities: [{ fromMs: parkedMs, activity: 'parking' as const }],
    };
  });
}

const given = sessions(200);
const readings = given[0]?.readings.length ?? 0;
console.log(`| tariff | sessions/s | µs per session | periods | lines |\n|---|---:|---:|---:|---:|`);
const figures: Record<string, number> = {};
for (const [name, json] of Object.entries(TARIFFS)) {
  const tariff = compileTariff(tariffSchema.parse(json));
  const run = (forMs: number) => {
    let [count, periods, lines] = [0, 0, 0];
    const begin = performance.now();
    while (performance.now() - begin < forMs) {
      for (const session of given) {
        const rated = rateSession(tariff, session);
        periods += rated.periods.length;
        lines += rated.price.lines.length;
      }
      count += given.length;
    }
    return { count, periods, lines, elapsedMs: performance.now() - begin };
  };
  run(1000);
  const { count, periods, lines, elapsedMs } = run(measuredMs);
  figures[name] = Math.round((count * 1000) / elapsedMs);
  const cells = [
    figures[name],
    ((elapsedMs * 1000) / count).toFixed(1),
    (periods / count).toFixed(1),
    (lines / count).toFixed(1),
  ];
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
console.log(JSON.stringify({ bench: 'rating', readingsPerSession: readings, sessionsPerSecond: figures }));
