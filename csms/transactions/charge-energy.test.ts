import assert from 'node:assert/strict';
import type { StationBill } from '../contract/station-port.ts';
import { assessCharge, billableEnergy, type ChargeQuestion } from './charge-energy.ts';

const START = Date.UTC(2026, 2, 1, 12);
const at = (minute: number) => START + minute * 60_000;
const reading = (minute: number, milliWh: number) => ({ at: at(minute), milliWh: BigInt(milliWh) });
const bill = (energyMilliWh: number, lossAdjustedMilliWh: number | null = null): StationBill => ({
  energyMilliWh,
  lossAdjustedMilliWh,
  amount: '1.00',
  currency: 'CNY',
  periods: [],
  details: {},
});

const NOTHING: ChargeQuestion = {
  startedAt: at(0),
  endedAt: at(60),
  startMilliWh: null,
  stopMilliWh: null,
  samples: [],
  sessions: [],
  bill: undefined,
  ratedPowerW: 60_000,
};

describe('the energy of a charge', () => {
  const assess = (more: Partial<ChargeQuestion>) => {
    const { meteredMilliWh, flags } = assessCharge({ ...NOTHING, ...more });
    return [meteredMilliWh === null ? null : Number(meteredMilliWh), ...flags];
  };
  const registers = (delivered: number) => ({ startMilliWh: 5_000_000n, stopMilliWh: BigInt(5_000_000 + delivered) });

  it('is what the registers say, whatever the bill does', () => {
    assert.deepEqual(assess({ ...registers(1_000_000) }), [1_000_000]);
    assert.deepEqual(assess({ ...registers(1_000_000), bill: bill(1_000_000) }), [1_000_000]);
    assert.deepEqual(assess({ ...registers(1_000_000), bill: bill(3_000_000) }), [1_000_000, 'bill-differs']);
  });

  it('lets meters lie 20 Wh apart, or 1 %, whichever is more', () => {
    for (const [delivered, billed, differs] of [
      [1_000_000, 1_020_000, false],
      [1_000_000, 1_020_100, true],
      [1_000_000, 980_000, false],
      [1_000_000, 979_900, true],
      [0, 20_000, false],
      [0, 20_100, true],
      [10_000_000, 10_100_000, false],
      [10_000_000, 10_100_100, true],
      [10_000_000, 9_900_000, false],
      [10_000_000, 9_899_900, true],
    ] as const) {
      const expected = differs ? [delivered, 'bill-differs'] : [delivered];
      assert.deepEqual(assess({ ...registers(delivered), bill: bill(billed) }), expected, `${delivered} ${billed}`);
    }
  });

  it('is what the bill says where no register is known', () => {
    assert.deepEqual(assess({ bill: bill(10_000_100) }), [10_000_100, 'energy-from-bill']);
    assert.deepEqual(assess({ bill: bill(0) }), [0, 'energy-from-bill']);
    // A register at one end alone says nothing about what lies between.
    assert.deepEqual(assess({ startMilliWh: 5n, bill: bill(700_000) }), [700_000, 'energy-from-bill']);
    assert.deepEqual(assess({ stopMilliWh: 5n, bill: bill(700_000) }), [700_000, 'energy-from-bill']);
    assert.deepEqual(assess({ bill: bill(66_500_100) }), [66_500_100, 'energy-from-bill', 'energy-impossible']);
    assert.deepEqual(assess({ bill: bill(66_500_000) }), [66_500_000, 'energy-from-bill']);
  });

  it('is by a register at one end and samples, compared with the bill', () => {
    const samples = [reading(30, 6_000_000), reading(59, 7_000_000)];
    assert.deepEqual(assess({ startMilliWh: 5_000_000n, samples, bill: bill(2_010_000) }), [
      2_000_000,
      'meter-stop-missing',
    ]);
    assert.deepEqual(assess({ startMilliWh: 5_000_000n, samples, bill: bill(2_100_000) }), [
      2_000_000,
      'meter-stop-missing',
      'bill-differs',
    ]);
  });

  it('was as much at least as the trail says', () => {
    const trail = (highest: number) => [reading(10, 500_000), reading(59, highest), reading(60, 0)];
    for (const [highest, differs] of [
      [1_000_000, false],
      [1_020_000, false],
      [1_020_100, true],
    ] as const) {
      const more = { bill: bill(1_000_000), sessions: trail(highest) };
      const flags = differs ? ['bill-differs'] : [];
      assert.deepEqual(assess({ ...registers(1_000_000), ...more }), [1_000_000, ...flags]);
      assert.deepEqual(assess(more), [1_000_000, 'energy-from-bill', ...flags]);
    }
    // Samples of the register are a trail, too.
    const samples = [reading(5, 9_000_000), reading(55, 10_020_100)];
    assert.deepEqual(assess({ bill: bill(1_000_000), samples }), [1_000_000, 'energy-from-bill', 'bill-differs']);
    assert.deepEqual(assess({ bill: bill(1_000_100), samples }), [1_000_100, 'energy-from-bill']);
  });

  it('is the highest reading since the start where nothing else tells it', () => {
    const sessions = [reading(20, 700_100), reading(10, 300_000)];
    const missing = ['meter-start-missing', 'meter-stop-missing'];
    assert.deepEqual(assess({ sessions }), [700_100, ...missing]);
    assert.deepEqual(assess({ sessions, startMilliWh: 5n }), [700_100, 'meter-stop-missing']);
    assert.deepEqual(assess({ sessions, ...registers(900_000) }), [900_000]);
    assert.deepEqual(assess({}), [null, ...missing, 'energy-unknown']);
    assert.deepEqual(assess({ sessions: [reading(1, 99_000_000)] }), [99_000_000, ...missing, 'energy-impossible']);
  });

  it('may be billed with the loss of the line', () => {
    const billable = (metered: bigint | null, ...made: Parameters<typeof bill>) =>
      billableEnergy(metered, bill(...made));
    assert.equal(billableEnergy(1_000_000n, undefined), 1_000_000n);
    assert.equal(billable(1_000_000n, 1_000_000), 1_000_000n);
    assert.equal(billable(1_000_000n, 1_000_000, 1_050_100), 1_050_100n);
    assert.equal(billable(1_000_000n, 1_000_000, 999_900), 1_000_000n);
    assert.equal(billable(null, 0, 1), null);
  });

  it('loses a fifth at the most on the way, and gains nothing', () => {
    for (const [adjusted, flags] of [
      [1_200_000, []],
      [1_200_100, ['bill-differs']],
      [1_000_000, []],
      [999_900, ['bill-inconsistent']],
    ] as const) {
      const made = { ...registers(1_000_000), bill: bill(1_000_000, adjusted) };
      assert.deepEqual(assess(made), [1_000_000, ...flags], String(adjusted));
    }
    // Small charges: as much as two meters may lie apart.
    assert.deepEqual(assess({ ...registers(50_000), bill: bill(50_000, 70_000) }), [50_000]);
    assert.deepEqual(assess({ ...registers(50_000), bill: bill(50_000, 70_100) }), [50_000, 'bill-differs']);
    // The bill adds no loss, and rounds otherwise than the registers.
    assert.deepEqual(assess({ ...registers(1_000_100), bill: bill(1_000_000, 1_000_000) }), [1_000_100]);
    assert.deepEqual(assess({ ...registers(1_010_100), bill: bill(1_000_000, 1_000_000) }), [
      1_010_100,
      'bill-inconsistent',
    ]);
  });

  it('says when the bill does not add up', () => {
    const period = { name: 'flat', pricePerKwh: '1', energyMilliWh: 900_000, lossAdjustedMilliWh: null, amount: '0.9' };
    const made = { ...bill(1_000_000), periods: [period] };
    assert.deepEqual(assess({ ...registers(1_000_000), bill: made }), [1_000_000, 'bill-inconsistent']);
    assert.deepEqual(assess({ bill: made }), [1_000_000, 'energy-from-bill', 'bill-inconsistent']);
  });
});
