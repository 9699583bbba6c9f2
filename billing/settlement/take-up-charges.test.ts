import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { CostReport } from '@voltpile/csms/contract/costs-port';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { curveOf } from '../testing/curves.ts';
import { endOf, SettlementBench, tariffOf } from '../testing/settlement-bench.ts';
import { createSettlement } from './service.ts';
import { takeUpCharges } from './take-up-charges.ts';

const START = '2026-03-01T23:00:00Z';
const BY_TIME = { elements: [{ price_components: [{ type: 'TIME', price: '6', step_size: 1 }] }] };

describe('charges that a limit may end', () => {
  let bench: SettlementBench;
  beforeEach(async () => {
    bench = await SettlementBench.open();
    bench.tariff = tariffOf(BY_TIME);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** A process that bills, to which nothing is told. */
  function startProcess(intentIds: readonly Uuid[], limitMinor: bigint) {
    const events = new EventEmitter();
    const { knex: _, ...dependencies } = bench.dependencies;
    const settlement = createSettlement({
      ...dependencies,
      database: bench.database.database,
      logger: createLogger({ level: 'silent', format: 'json' }),
      ports: {
        curves: bench.curves,
        costs: { tell: async (reports: readonly CostReport[]) => void bench.told.push(...reports) },
        commands: {
          submit: async (_scope, stationId, { action, payload }) => {
            events.emit('command', [stationId, action, payload]);
            return { status: 'pending' } as never;
          },
        },
      },
      tariffs: bench.tariffs,
      accounts: dependencies.sources.accounts,
      limits: { of: async () => ({ amountMinor: limitMinor, currency: 'EUR' }) },
      held: { intents: async (after) => (after === null ? [...intentIds] : []) },
    });
    return { settlement, command: () => once(events, 'command') };
  }

  it('are taken up by a process that starts, without a sample, and stopped', async () => {
    const curve = curveOf({ start: START, intentId: uuidv7() });
    bench.curves.set(curve);
    const { settlement, command } = startProcess([curve.intentId ?? ''], 600n);
    const stopped = command();
    settlement.start();
    // An hour at 6 an hour.
    assert.deepEqual(await stopped, [['CS-1', 'stop-transaction', { transactionId: curve.transaction.id }]]);
    await settlement.stop();
    assert.deepEqual([bench.told[0]?.cost.amount, bench.told[0]?.remaining?.amount], ['6.00', '0.00']);
  });

  it('are taken up by another process when theirs has died', async () => {
    const intents: Uuid[] = [];
    const { settlement, command } = startProcess(intents, 600n);
    settlement.start();
    const curve = curveOf({ start: START, intentId: uuidv7() });
    bench.curves.set(curve);
    intents.push(curve.intentId ?? '');
    const stopped = command();
    await settlement.jobs.find(({ name }) => name === 'billing.take-up-charges')?.run(new AbortController().signal);
    assert.equal((await stopped).length, 1);
    await settlement.stop();
  });

  it('are those that run, of all for which something is held, however many', async () => {
    const ended = curveOf({ start: START, end: '2026-03-01T23:30:00Z', intentId: uuidv7() });
    const running = Array.from({ length: 700 }, () => curveOf({ start: START, intentId: uuidv7() }));
    bench.curves.set(ended, ...running);
    await bench.follow([endOf(ended)]);
    const all = [uuidv7(), ended.intentId ?? '', ...running.map(({ intentId }) => intentId ?? '')].sort();
    const taken: Uuid[] = [];
    const options = {
      knex: bench.database.knex,
      curves: bench.curves,
      held: {
        intents: async (after: Uuid | null, count: number) =>
          all.filter((id) => after === null || id > after).slice(0, count),
      },
      running: {
        takeUp: (ids: readonly Uuid[]) => {
          taken.push(...ids);
          return ids.length;
        },
      },
    };
    assert.equal(await takeUpCharges(options, new AbortController().signal), 700);
    assert.deepEqual(taken.sort(), running.map(({ transaction }) => transaction.id).sort());
    assert.equal(await takeUpCharges(options, AbortSignal.abort()), 0);
  });
});
