import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { type CurveStory, curveOf } from '../testing/curves.ts';
import { SettlementBench } from '../testing/settlement-bench.ts';
import { createMeterCheck, type MeterCheckLimits } from './meter-check.ts';

const STORY: CurveStory = {
  start: '2026-03-01T10:00:00Z',
  end: '2026-03-01T11:00:00Z',
  readings: [['2026-03-01T11:00:00Z', 10_000]],
};
const sound = { problems: [], unanswered: null };

describe('the comparison of records with their meters', () => {
  let bench: SettlementBench;
  beforeEach(async () => {
    bench = await SettlementBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  async function settled(story: CurveStory = STORY): Promise<{ curve: ChargingCurve; cdrId: string }> {
    const curve = curveOf(story);
    await bench.end(curve);
    const { cdrId } = await bench.settlements.get(EVERYTHING, curve.transaction.id);
    return { curve, cdrId: cdrId ?? assert.fail('it is not settled') };
  }
  const ask = (limits?: MeterCheckLimits) => {
    bench.clock.advance(1000);
    return createMeterCheck({ ...bench.dependencies, curves: bench.curves }, limits).ask(100);
  };
  const metered = ({ transaction, ...curve }: ChargingCurve, billableEnergyWh: number | null): ChargingCurve => ({
    ...curve,
    transaction: { ...transaction, billableEnergyWh },
  });

  it('finds a record for another energy than the meter has, today and when it was compared before', async () => {
    const { curve, cdrId } = await settled();
    const other = await settled();
    assert.deepEqual(await ask(), sound);
    bench.curves.set(metered(curve, 10_000.001));
    const problem = `record ${cdrId} is for 10000 Wh, and the meter says 10000.001`;
    assert.deepEqual(await ask(), { problems: [problem], unanswered: null });
    bench.curves.set(metered(curve, null));
    assert.match((await ask()).problems.join(), /the meter does not say what may be billed$/);
    bench.curves.set(curve, metered(other.curve, 0));
    assert.deepEqual((await ask()).problems.length, 1);
  });

  it('leaves alone what a person has decided, and what settlement has still to look at', async () => {
    const { curve } = await settled();
    const { id } = curve.transaction;
    bench.curves.set(metered(curve, 9000));
    await bench.database.knex('billing.settlements').where({ transaction_id: id }).update({ is_touched: true });
    assert.deepEqual(await ask(), sound);
    await bench.database.knex('billing.settlements').where({ transaction_id: id }).update({ is_touched: false });
    assert.equal((await ask()).problems.length, 1);
    await bench.settlements.decide(EVERYTHING, id, { decision: 'correct', energyWh: 8000, reason: 'By hand' }, 'ann');
    assert.deepEqual(await ask(), sound);
  });

  it('finds a bill of the station that lies too far away and was not told of', async () => {
    const { curve, cdrId } = await settled();
    const bill = (amount: string): ChargingCurve => ({
      ...curve,
      stationBill: {
        receivedAt: '2026-03-01T11:00:01.000Z',
        energyWh: 10_000,
        lossAdjustedEnergyWh: null,
        amount: { amount, currency: 'EUR' },
        periods: [],
        details: {},
      },
    });
    // 10 kWh at 0.50 and 19 % VAT; two cents and half a percent are tolerated.
    bench.curves.set(bill('5.99'));
    assert.deepEqual(await ask(), sound);
    bench.curves.set(bill('6.10'));
    assert.deepEqual((await ask()).problems, [
      `record ${cdrId} comes to 595 minor units of EUR, and the bill of the station to 6.10, which it does not tell`,
    ]);
    // One that differed when the record was made is told of there.
    await bench.end({
      ...bill('9.00'),
      transaction: { ...curve.transaction, id: '0192d3a0-0000-7000-8000-0000000000aa' },
    });
    bench.curves.set(curve);
    assert.deepEqual(await ask(), sound);
  });

  it('takes so many in one proof, and says how many were never compared', async () => {
    for (let count = 0; count < 3; count++) await settled();
    const limits = { most: 2, timeMs: 1000 };
    const unanswered = (left: number) => `${left} charges were never compared with their meters`;
    assert.deepEqual(await ask({ most: 2, timeMs: 0 }), { problems: [], unanswered: unanswered(3) });
    assert.deepEqual(await ask(limits), { problems: [], unanswered: unanswered(1) });
    assert.deepEqual(await ask(limits), sound);
  });
});
