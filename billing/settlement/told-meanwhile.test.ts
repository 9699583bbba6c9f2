import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { DomainEvent } from '@voltpile/csms/contract/events';
import type { TransactionView } from '@voltpile/csms/contract/operator-ports';
import { toIso } from '@voltpile/kernel/clock';
import { type CurveStory, curveOf } from '../testing/curves.ts';
import { endOf, SettlementBench } from '../testing/settlement-bench.ts';
import { findMissed } from './find-missed.ts';
import { settlementChanged } from './settlements-service.ts';

type Hold = TransactionView['holds'][number];

const START_MISSING = { holds: ['start-missing'] satisfies Hold[] };

/** One that has delivered so much. */
function charge(wh: number, transaction: CurveStory['transaction'] = {}): ChargingCurve {
  const readings: CurveStory['readings'] = [['2026-03-01T11:00:00Z', wh]];
  return curveOf({ start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z', readings, transaction });
}

/** The same one, as it is known by now. */
const later = (curve: ChargingCurve, wh: number, transaction: CurveStory['transaction'] = {}): ChargingCurve =>
  charge(wh, { id: curve.transaction.id, parallelGroup: curve.transaction.parallelGroup, ...transaction });

describe('what is told of a charge while it is being settled', () => {
  let bench: SettlementBench;
  beforeEach(async () => {
    bench = await SettlementBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const stateOf = async ({ transaction }: ChargingCurve) => {
    const { state, reasons } = await bench.settlements.get(EVERYTHING, transaction.id);
    const { items } = await bench.cdrs.list(EVERYTHING, { transactionId: transaction.id }, { limit: 10 });
    return { state, reasons, energies: items.map(({ energyWh }) => energyWh) };
  };

  /** Holds what records are stored in, until it is let go of; resolves when others wait for it. */
  async function lockRecords() {
    const client = await bench.database.pool.connect();
    await client.query('begin; lock table billing.cdrs in exclusive mode');
    const waiting = async (count: number): Promise<void> => {
      for (;;) {
        const { rows } = await bench.database.pool.query(
          `select count(distinct pid)::int as count from pg_locks where not granted
             and pid in (select pid from pg_stat_activity where datname = current_database())`,
        );
        if (rows[0].count >= count) return;
      }
    };
    const letGo = async (): Promise<void> => {
      await client.query('commit');
      client.release();
    };
    return { waiting, letGo };
  }

  /** Once, when something is asked for that charges are priced by: their curves have been read by then. */
  function afterReading(tell: () => Promise<void>): void {
    const { readMany } = bench.curves;
    bench.curves.readMany = async (ids) => {
      bench.curves.readMany = readMany;
      const read = await readMany.call(bench.curves, ids);
      await tell();
      return read;
    };
  }

  const tell = async (curve: ChargingCurve, type: DomainEvent['type'] = 'transaction.updated'): Promise<void> => {
    bench.curves.set(curve);
    await bench.follow([endOf(curve, type)]);
  };

  it('is seen when its record could not be stored for a while', async () => {
    const curve = charge(100);
    bench.curves.set(curve);
    await bench.follow([endOf(curve)]);
    const lock = await lockRecords();
    const settling = bench.settle();
    await lock.waiting(1);
    const told = tell(later(curve, 400));
    await lock.waiting(2);
    await lock.letGo();
    await Promise.all([settling, told]);
    await bench.settle();
    assert.deepEqual(await stateOf(curve), { state: 'held', reasons: ['changed-after-settlement'], energies: [100] });
  });

  it('is in its record when it was told before that was stored', async () => {
    const curve = charge(100);
    bench.curves.set(curve);
    await bench.follow([endOf(curve)]);
    afterReading(() => tell(later(curve, 400)));
    await bench.settle();
    assert.deepEqual(await stateOf(curve), { state: 'settled', reasons: [], energies: [400] });
  });

  it('frees a charge whose start came late, also with one beside it that cannot be stored for a while', async () => {
    const [late, other] = [charge(400, START_MISSING), charge(100)];
    bench.curves.set(late, other);
    await bench.follow([endOf(late), endOf(other)]);
    const lock = await lockRecords();
    const settling = bench.settle();
    await lock.waiting(1);
    const told = tell(later(late, 400), 'transaction.started');
    await lock.waiting(2);
    await lock.letGo();
    await Promise.all([settling, told]);
    await bench.settle();
    assert.deepEqual(await stateOf(late), { state: 'settled', reasons: [], energies: [400] });
    assert.deepEqual(await stateOf(other), { state: 'settled', reasons: [], energies: [100] });
  });

  it('does not keep the others of its batch from being settled', async () => {
    const [changed, ...others] = Array.from({ length: 50 }, () => charge(100)) as [ChargingCurve, ...ChargingCurve[]];
    bench.curves.set(changed, ...others);
    await bench.follow([changed, ...others].map((curve) => endOf(curve)));
    afterReading(() => tell(later(changed, 400)));
    const settler = bench.settler();
    await settler.settleDue();
    for (const curve of others) assert.equal((await stateOf(curve)).state, 'settled');
    assert.equal((await stateOf(changed)).state, 'pending');
    await settler.settleDue();
    assert.deepEqual((await stateOf(changed)).energies, [400]);
  });

  it('is seen of each gun of a vehicle', async () => {
    const parallelGroup = '260301100000';
    const [main, second] = [charge(100, { parallelGroup }), charge(100, { parallelGroup, evseId: 2 })];
    bench.curves.set(main, second);
    await bench.follow([endOf(main)]);
    const { tariffs } = bench;
    let isTold = false;
    bench.tariffs = {
      ...tariffs,
      async tariffsFor(questions) {
        if (!isTold) await tell(later(second, 400, { evseId: 2 }));
        isTold = true;
        return tariffs.tariffsFor(questions);
      },
    };
    await bench.settle();
    assert.deepEqual(await stateOf(main), { state: 'settled', reasons: [], energies: [500] });
    assert.deepEqual(await stateOf(second), { state: 'settled', reasons: [], energies: [500] });
  });

  it('is nothing that a decision passes over', async () => {
    const curve = charge(100, { holds: ['sample-conflict'] });
    await bench.end(curve);
    const { id } = curve.transaction;
    afterReading(() => tell(later(curve, 400)));
    const accept = { decision: 'accept', reason: 'looks right' } as const;
    await assert.rejects(bench.settlements.decide(EVERYTHING, id, accept, 'ann'), settlementChanged.is);
    await bench.settle();
    assert.deepEqual(await stateOf(curve), { state: 'settled', reasons: [], energies: [400] });
  });

  it('stays to be looked at when the version before says that nothing is', async () => {
    const curve = charge(100);
    await bench.end(curve);
    await tell(later(curve, 400));
    await bench.database.pool.query(
      `update billing.settlements set state = 'settled', is_touched = false, attempts = 0`,
    );
    await bench.settle();
    assert.deepEqual((await stateOf(curve)).reasons, ['changed-after-settlement']);
    // What that version was told is not passed over either.
    const other = charge(100);
    await bench.end(other);
    bench.curves.set(later(other, 400));
    const touched = 'update billing.settlements set is_touched = true, due_at = $2 where transaction_id = $1';
    await bench.database.pool.query(touched, [other.transaction.id, toIso(bench.clock.now())]);
    await bench.settle();
    assert.deepEqual((await stateOf(other)).reasons, ['changed-after-settlement']);
  });

  it('is found by the hourly look where a charge is held for what it has not any more', async () => {
    const [held, still] = [charge(100, START_MISSING), charge(100, START_MISSING)];
    await bench.end(held, still);
    // Nobody was told.
    bench.curves.set(later(held, 100));
    const find = () => findMissed(bench.database.knex, bench.clock, bench.curves, new AbortController().signal);
    assert.equal(await find(), 1);
    await bench.settle();
    assert.deepEqual((await stateOf(held)).state, 'settled');
    assert.deepEqual((await stateOf(still)).reasons, ['start-missing']);
    assert.equal(await find(), 0);
  });

  const MOMENTS = ['told before', 'before reading', 'after reading', 'priced', 'stored', 'settled'] as const;
  const NEWS: readonly (readonly [
    name: string,
    before: CurveStory['transaction'],
    wh: number,
    now: CurveStory['transaction'],
  ])[] = [
    ['more energy', {}, 400, {}],
    ['the start', START_MISSING, 100, {}],
    ['a hold', {}, 100, { holds: ['sample-conflict'] }],
    ['another hold', START_MISSING, 100, { holds: ['energy-ambiguous'] }],
    ['nothing new', {}, 100, {}],
  ];

  for (const settlers of [1, 3]) {
    it(`comes to what is known in the end, at whatever moment it comes (${settlers} at once)`, async () => {
      const { readMany } = bench.curves;
      const { tariffs } = bench;
      for (const moment of MOMENTS) {
        for (const [name, before, wh, now] of NEWS) {
          for (const type of ['transaction.updated', 'transaction.ended'] as const) {
            const curve = charge(100, before);
            const beside = charge(100);
            bench.curves.set(curve, beside);
            const tellings: Promise<void>[] = [];
            const tellAt = (reached: (typeof MOMENTS)[number]): Promise<void> => {
              if (reached !== moment || tellings.length > 0) return Promise.resolve();
              const telling = tell(later(curve, wh, now), type);
              tellings.push(telling);
              return telling;
            };
            bench.curves.readMany = async (ids) => {
              await tellAt('before reading');
              const read = await readMany.call(bench.curves, ids);
              await tellAt('after reading');
              return read;
            };
            bench.tariffs = {
              ...tariffs,
              async tariffsFor(questions) {
                await tellAt('priced');
                return tariffs.tariffsFor(questions);
              },
            };
            // Whoever tells it now waits for the rows.
            bench.whileStoring = () => void tellAt('stored');
            await bench.follow([endOf(curve), endOf(beside)]);
            await tellAt('told before');
            await Promise.all(Array.from({ length: settlers }, () => bench.settle()));
            await tellAt('settled');
            await Promise.all(tellings);
            await bench.settle();
            const what = `${name}, ${type}, ${moment}`;
            assert.equal(tellings.length, 1, what);
            const { state, reasons, energies } = await stateOf(curve);
            const holds = now?.holds ?? [];
            if (energies.length === 0) assert.deepEqual([state, reasons], ['held', holds], what);
            else if (holds.length > 0) {
              assert.deepEqual([state, reasons], ['held', ['changed-after-settlement', ...holds]], what);
            } else {
              const isAsKnown = energies[0] === wh;
              const expected = isAsKnown ? ['settled', []] : ['held', ['changed-after-settlement']];
              assert.deepEqual([state, reasons], expected, what);
            }
            assert.ok(energies.length <= 1, what);
            assert.deepEqual(await stateOf(beside), { state: 'settled', reasons: [], energies: [100] }, what);
          }
        }
      }
    }).timeout(60_000);
  }
});
