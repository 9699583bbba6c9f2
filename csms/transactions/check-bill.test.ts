import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BilledPeriod, StationBill } from '../contract/station-port.ts';
import { isConsistent } from './check-bill.ts';

/** Prices as they are written: five decimals. */
const SHARP: BilledPeriod = {
  name: 'sharp',
  pricePerKwh: '1.23456',
  energyMilliWh: 4_000_100,
  lossAdjustedMilliWh: 4_040_100,
  amount: '4.9877',
};
const VALLEY: BilledPeriod = {
  name: 'valley',
  pricePerKwh: '0.35000',
  energyMilliWh: 6_000_000,
  lossAdjustedMilliWh: 6_060_000,
  amount: '2.1210',
};
const BILL: StationBill = {
  energyMilliWh: 10_000_100,
  lossAdjustedMilliWh: 10_100_100,
  amount: '7.1087',
  currency: 'CNY',
  periods: [SHARP, VALLEY],
  details: {},
};

describe('a station’s own bill', () => {
  const withSharp = (change: Partial<BilledPeriod>) => ({ ...BILL, periods: [{ ...SHARP, ...change }, VALLEY] });

  it('agrees with itself when it adds up', () => {
    assert.ok(isConsistent(BILL));
    assert.ok(isConsistent({ ...BILL, periods: [] }));
    assert.ok(isConsistent({ ...BILL, amount: '0', energyMilliWh: 0, lossAdjustedMilliWh: null, periods: [] }));
  });

  it('may round energies 10 Wh apart, and no more', () => {
    for (const [milliWh, expected] of [
      [10_010_100, true],
      [9_990_100, true],
      [10_010_200, false],
      [9_990_000, false],
    ] as const) {
      assert.equal(isConsistent({ ...BILL, energyMilliWh: milliWh }), expected, String(milliWh));
    }
    assert.ok(isConsistent({ ...BILL, lossAdjustedMilliWh: 10_110_100 }));
    assert.ok(!isConsistent({ ...BILL, lossAdjustedMilliWh: 10_110_200 }));
    assert.ok(isConsistent({ ...BILL, lossAdjustedMilliWh: 10_090_100 }));
    assert.ok(!isConsistent({ ...BILL, lossAdjustedMilliWh: 10_090_000 }));
  });

  it('may round amounts 0.01 apart for each period, and no more', () => {
    for (const [amount, expected] of [
      ['7.1287', true],
      ['7.0887', true],
      ['7.12871', false],
      ['7.08869', false],
      // The word is the same, the text is not.
      ['7.108700', true],
      ['', false],
      ['NaN', false],
    ] as const) {
      assert.equal(isConsistent({ ...BILL, amount }), expected, amount);
    }
  });

  it('has amounts that are the price times the energy, the loss of the line included, to 0.01', () => {
    // 4.0401 kWh × 1.23456 = 4.987745856
    for (const [amount, expected] of [
      ['4.997745856', true],
      ['4.977745856', true],
      ['4.997745857', false],
      ['4.977745855', false],
      ['not a number', false],
    ] as const) {
      assert.equal(isConsistent(withSharp({ amount })), expected, amount);
    }
    assert.ok(!isConsistent(withSharp({ pricePerKwh: '1.23956' })));
    assert.ok(!isConsistent(withSharp({ pricePerKwh: '' })));
  });

  it('counts without the loss where it does not tell it', () => {
    const plain = [SHARP, VALLEY].map((period) => ({ ...period, lossAdjustedMilliWh: null }));
    const [sharp, valley] = [
      { ...plain[0], amount: '4.9383' },
      { ...plain[1], amount: '2.1000' },
    ] as [BilledPeriod, BilledPeriod];
    const bill = { ...BILL, lossAdjustedMilliWh: null, amount: '7.0383', periods: [sharp, valley] };
    assert.ok(isConsistent(bill));
    // A price at which nothing was charged has no loss to tell.
    const idle = { name: 'peak', pricePerKwh: '1', energyMilliWh: 0, lossAdjustedMilliWh: null, amount: '0.0000' };
    assert.ok(isConsistent({ ...BILL, periods: [SHARP, idle, VALLEY] }));
  });

  it('cannot count less with the loss than without', () => {
    assert.ok(!isConsistent({ ...BILL, periods: [], lossAdjustedMilliWh: 10_000_000 }));
    assert.ok(isConsistent({ ...BILL, periods: [], lossAdjustedMilliWh: 10_000_100 }));
  });

  it('agrees with itself however it is divided, as long as it is rounded to what it is written in', () => {
    const period = fc.record({
      // 0.00001 per kWh, 0.1 Wh
      price: fc.integer({ min: 0, max: 500_000 }),
      energy: fc.integer({ min: 0, max: 4_000_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(period, { minLength: 1, maxLength: 4 }), (parts) => {
        const periods = parts.map(({ price, energy }, index): BilledPeriod => {
          const tenThousandths = (BigInt(price) * BigInt(energy)) / 100_000n;
          return {
            name: `p${index}`,
            pricePerKwh: decimal(BigInt(price), 5),
            energyMilliWh: energy * 100,
            lossAdjustedMilliWh: null,
            amount: decimal(tenThousandths, 4),
          };
        });
        const energyMilliWh = periods.reduce((total, each) => total + each.energyMilliWh, 0);
        const units = parts.reduce((total, { price, energy }) => total + BigInt(price) * BigInt(energy), 0n);
        const amount = decimal(units / 100_000n, 4);
        assert.ok(isConsistent({ ...BILL, energyMilliWh, lossAdjustedMilliWh: null, amount, periods }));
      }),
    );
  });
});

function decimal(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
