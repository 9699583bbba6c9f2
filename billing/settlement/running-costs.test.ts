import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { CostReport } from '@voltpile/csms/contract/costs-port';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { tariffSchema } from '../contract/tariff.ts';
import { compileTariff } from '../rating/compile-tariff.ts';
import type { TariffQuestion } from '../tariff/choose-assignment.ts';
import { type CurveStory, curveOf, FakeCurves } from '../testing/curves.ts';
import { RunningCosts } from './running-costs.ts';
import type { AccountQuestion } from './settlement-ports.ts';

const TARIFF = {
  tariffId: uuidv7(),
  name: 'Standard',
  version: 1,
  compiled: compileTariff(
    tariffSchema.parse({
      currency: 'EUR',
      elements: [
        {
          price_components: [
            { type: 'ENERGY', price: '0.5', step_size: 1 },
            { type: 'TIME', price: '6', step_size: 1 },
          ],
        },
      ],
    }),
  ),
};

const STORY: CurveStory = { start: '2026-03-01T10:00:00Z', readings: [['2026-03-01T10:10:00Z', 2000]] };

class Bench implements AsyncDisposable {
  readonly clock = new FakeClock('2026-03-01T10:10:00Z');
  readonly curves = new FakeCurves();
  readonly told: CostReport[] = [];
  readonly stopped: unknown[] = [];
  readonly questions: TariffQuestion[] = [];
  readonly limits = new Map<Uuid, bigint>();
  /** Of the limits. */
  currency = 'EUR';
  /** Whether the stations are away. */
  isAway = false;
  readonly running: RunningCosts;
  readonly sources = {
    curves: this.curves,
    tariffs: {
      lackVersions: async (questions: readonly TariffQuestion[]) => questions.map(() => false),
      hasPrices: async () => true,
      tariffsFor: async (questions: readonly TariffQuestion[]) => {
        this.questions.push(...questions);
        return questions.map(() => this.tariff);
      },
    },
    accounts: {
      find: async (questions: readonly AccountQuestion[]) =>
        questions.map(({ accountRef: id }) => ({ id, kind: 'driver' as const, groupId: null })),
    },
  };
  readonly #events = new EventEmitter();
  tariff: typeof TARIFF | null = TARIFF;

  constructor() {
    this.running = new RunningCosts({
      sources: this.sources,
      costs: {
        tell: async (reports) => {
          this.told.push(...reports);
          this.#events.emit('told');
        },
      },
      limits: {
        of: async ([intentId]) => {
          const amountMinor = intentId === undefined ? undefined : this.limits.get(intentId);
          return amountMinor === undefined ? null : { amountMinor, currency: this.currency };
        },
      },
      commands: {
        submit: async (_scope, stationId, request) => {
          this.stopped.push([stationId, request.action, request.payload]);
          this.#events.emit('stopped');
          return { status: this.isAway ? 'offline' : 'pending' } as never;
        },
      },
      clock: this.clock,
      logger: createLogger({ level: 'silent', format: 'json' }),
      everyMs: 1,
      limitedEveryMs: 1,
    });
  }

  failed(): void {
    this.#events.emit('failed');
  }

  next(what: 'told' | 'stopped' | 'failed'): Promise<unknown> {
    return once(this.#events, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
  }
}

describe('the cost of a charge that runs', () => {
  it('follows its samples and the time, under the tariff with which it began', async () => {
    await using bench = new Bench();
    const curve = curveOf(STORY);
    const { id } = curve.transaction;
    bench.curves.set(curve);
    const first = bench.next('told');
    bench.running.note([id]);
    await first;
    // 2 kWh at 0.5, ten minutes at 6 an hour.
    const { cost, remaining, energyWh, isFinal } = bench.told[0] as CostReport;
    assert.deepEqual([cost.amount, cost.currency, remaining, energyWh, isFinal], ['2.00', 'EUR', null, 2000, false]);
    bench.tariff = null;
    bench.clock.advance(60_000);
    const second = bench.next('told');
    bench.running.note([id]);
    await second;
    assert.equal(bench.told[1]?.cost.amount, '2.10');
    assert.equal(bench.questions.length, 1);
    assert.equal(bench.questions[0]?.at, Date.parse('2026-03-01T10:00:00Z'));
  });

  it('stops the charge when what was held for it is used up, and says what is left before', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 250n);
    const first = bench.next('told');
    bench.running.note([curve.transaction.id]);
    await first;
    assert.equal(bench.told[0]?.remaining?.amount, '0.50');
    assert.deepEqual(bench.stopped, []);
    // Nobody tells anything: the time alone uses it up.
    const stopped = bench.next('stopped');
    bench.clock.advance(300_000);
    await stopped;
    assert.deepEqual(bench.told.at(-1)?.remaining?.amount, '0.00');
    assert.deepEqual(bench.stopped, [['CS-1', 'stop-transaction', { transactionId: curve.transaction.id }]]);
  });

  it('says what is left when somebody pays in, also where nothing else has changed', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 250n);
    const first = bench.next('told');
    bench.running.note([curve.transaction.id]);
    await first;
    const second = bench.next('told');
    bench.limits.set(intentId, 950n);
    await second;
    assert.deepEqual(
      bench.told.map(({ cost, remaining }) => [cost.amount, remaining?.amount]),
      [
        ['2.00', '0.50'],
        ['2.00', '7.50'],
      ],
    );
  });

  it('stops the charge when it costs something in another currency than what was held for it', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, readings: [], intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 5000n);
    bench.currency = 'USD';
    bench.clock.advance(-600_000);
    const first = bench.next('told');
    bench.running.note([curve.transaction.id]);
    await first;
    assert.deepEqual(bench.told[0]?.remaining, { amount: '0.00', currency: 'EUR' });
    assert.deepEqual(bench.stopped, []);
    const stopped = bench.next('stopped');
    bench.clock.advance(60_000);
    await stopped;
    assert.deepEqual(bench.told.at(-1)?.cost, { amount: '0.10', currency: 'EUR' });
  });

  it('asks a station that does not stop again, a limited number of times', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 1n);
    for (let round = 0; round < 7; round++) {
      const told = bench.next('told');
      bench.running.note([curve.transaction.id]);
      await told;
      bench.clock.advance(61_000);
    }
    await bench.running.stop();
    assert.equal(bench.stopped.length, 5);
  });

  it('goes on asking a station that is away, until it has heard it', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 1n);
    for (let round = 0; round < 14; round++) {
      bench.isAway = round < 7;
      const told = bench.next('told');
      bench.running.note([curve.transaction.id]);
      await told;
      bench.clock.advance(61_000);
    }
    await bench.running.stop();
    assert.equal(bench.stopped.length, 12);
  });

  it('stops a charge whose station was away as soon as that is back', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    bench.curves.set(curve);
    bench.limits.set(intentId, 1n);
    bench.isAway = true;
    const missed = bench.next('stopped');
    bench.running.note([curve.transaction.id]);
    await missed;
    // Until it is noted that nobody was there.
    await new Promise((resolve) => setImmediate(resolve));
    bench.isAway = false;
    const { stationId } = curve.transaction;
    const heard = bench.next('stopped');
    bench.running.back(['somebody-else', stationId]);
    await heard;
    // It has heard it: that it connects again changes nothing.
    bench.running.back([stationId]);
    await bench.running.stop();
    assert.equal(bench.stopped.length, 2);
  });

  it('is told when the charge is taken up without news, once', async () => {
    await using bench = new Bench();
    const intentId = uuidv7();
    const curve = curveOf({ ...STORY, intentId });
    const { id } = curve.transaction;
    bench.limits.set(intentId, 250n);
    const { tariffsFor } = bench.sources.tariffs;
    // It cannot be priced at first, and nobody tells anything.
    bench.sources.tariffs.tariffsFor = async () => {
      bench.sources.tariffs.tariffsFor = tariffsFor;
      setImmediate(() => bench.failed());
      throw new Error('the database is away');
    };
    bench.curves.set(curve);
    const failed = bench.next('failed');
    assert.equal(bench.running.takeUp([id]), 1);
    assert.equal(bench.running.takeUp([id]), 0);
    await failed;
    const told = bench.next('told');
    assert.equal(bench.running.takeUp([id]), 1);
    await told;
    assert.equal(bench.told[0]?.remaining?.amount, '0.50');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(bench.running.takeUp([id]), 0);
  });

  it('is that of the first of several guns for all of them', async () => {
    await using bench = new Bench();
    const parallelGroup = '260301100000';
    const main = curveOf({ ...STORY, transaction: { parallelGroup } });
    const second = curveOf({ ...STORY, start: '2026-03-01T10:05:00Z', transaction: { parallelGroup, evseId: 2 } });
    bench.curves.set(main, second);
    const told = bench.next('told');
    bench.running.note([second.transaction.id]);
    await told;
    assert.deepEqual([bench.told[0]?.transactionId, bench.told[0]?.energyWh], [main.transaction.id, 4000]);
  });

  it('is looked for once where there is no tariff', async () => {
    await using bench = new Bench();
    bench.tariff = null;
    const [free, priced] = [curveOf(STORY), curveOf(STORY)];
    bench.curves.set(free, priced);
    for (let round = 0; round < 3; round++) {
      bench.running.note([free.transaction.id]);
      bench.clock.advance(1000);
    }
    bench.running.note([priced.transaction.id]);
    await bench.running.stop();
    assert.deepEqual([bench.told, bench.questions.length], [[], 2]);
  });

  it('is not looked for where nothing has a price', async () => {
    await using bench = new Bench();
    const curve = curveOf(STORY);
    bench.curves.set(curve);
    for (let told = 0; told < 3; told++) bench.running.note([curve.transaction.id], true);
    assert.equal(bench.running.takeUp([curve.transaction.id]), 0);
    await bench.running.stop();
    assert.deepEqual([bench.curves.reads, bench.told, bench.questions], [0, [], []]);
  });

  it('is nothing to tell of charges that nobody knows, or that are over', async () => {
    await using bench = new Bench();
    const over = curveOf({ ...STORY, end: '2026-03-01T10:10:00Z' });
    const known = curveOf(STORY);
    bench.curves.set(over, known);
    const told = bench.next('told');
    bench.running.note([uuidv7(), over.transaction.id, known.transaction.id]);
    await told;
    await bench.running.stop();
    assert.deepEqual(
      bench.told.map(({ transactionId }) => transactionId),
      [known.transaction.id],
    );
  });
});
