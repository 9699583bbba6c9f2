import assert from 'node:assert/strict';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { curveOf } from '../testing/curves.ts';
import { compareBill } from './compare-bill.ts';

const HOUR = { start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z' };

/** A charge whose station bills so much, and so much of it in each of its rates. */
function billed(amount: string, rates: readonly string[] = [], currency = 'CNY'): ChargingCurve {
  const period = { pricePerKwh: '1.00000', energyWh: 0, lossAdjustedEnergyWh: null };
  const stationBill = {
    receivedAt: '2026-03-01T11:00:01.000Z',
    energyWh: 0,
    lossAdjustedEnergyWh: null,
    amount: { amount, currency },
    periods: rates.map((each, at) => ({ ...period, name: String(at), amount: each })),
    details: {},
  };
  return curveOf({ ...HOUR, currency, stationBill });
}

/** What is shown of the bill, and whether it differs. */
function compared(dueMinor: bigint, ...curves: readonly ChargingCurve[]) {
  const { stationBill, flags } = compareBill(curves, 'CNY', dueMinor);
  return [stationBill?.amount, ...flags];
}

const DIFFERS = 'station-bill-differs';

describe('the bill of a station beside ours', () => {
  it('of one rate may be two minor units away, either way', () => {
    const one = (amount: string) => compared(66n, billed(amount, ['0.0000', amount, '0.0000', '0.0000']));
    // 0.6656 is 0.67 when it is shown.
    assert.deepEqual(one('0.6656'), ['0.67']);
    assert.deepEqual(one('0.6849'), ['0.68']);
    assert.deepEqual(one('0.6850'), ['0.69', DIFFERS]);
    assert.deepEqual(one('0.6350'), ['0.64']);
    assert.deepEqual(one('0.6349'), ['0.63', DIFFERS]);
  });

  it('of several rates may be one more for each that costs something', () => {
    const rates = ['0.1000', '0.2000', '0.3000', '0.0656'];
    assert.deepEqual(compared(66n, billed('0.7100', rates)), ['0.71']);
    assert.deepEqual(compared(66n, billed('0.7200', rates)), ['0.72', DIFFERS]);
    const three = [...rates.slice(0, 3), '0.0000'];
    assert.deepEqual(compared(66n, billed('0.7000', three)), ['0.70']);
    assert.deepEqual(compared(66n, billed('0.7100', three)), ['0.71', DIFFERS]);
  });

  it('that tells no rates counts as of one', () => {
    assert.deepEqual(compared(66n, billed('0.68')), ['0.68']);
    assert.deepEqual(compared(66n, billed('0.69')), ['0.69', DIFFERS]);
    // What costs nothing at all has a bill of nothing.
    assert.deepEqual(compared(0n, billed('0.0000', ['0.0000'])), ['0.00']);
    assert.deepEqual(compared(0n, billed('0.0300', ['0.0300'])), ['0.03', DIFFERS]);
  });

  it('may be half a percent of what is due further away', () => {
    // 0.5 % of 100.00 are 0.50, and of 99.99 are 0.49.
    assert.deepEqual(compared(10_000n, billed('100.52')), ['100.52']);
    assert.deepEqual(compared(10_000n, billed('100.53')), ['100.53', DIFFERS]);
    assert.deepEqual(compared(9999n, billed('99.48')), ['99.48']);
    assert.deepEqual(compared(9999n, billed('99.47')), ['99.47', DIFFERS]);
  });

  it('of several guns is added up, with the rounding of each', () => {
    const guns = (amount: string) => compared(66n, billed('0.3300', ['0.3300']), billed(amount, [amount]));
    assert.deepEqual(guns('0.3600'), ['0.69']);
    assert.deepEqual(guns('0.3700'), ['0.70', DIFFERS]);
  });

  it('cannot be compared in another currency, or where a gun has none', () => {
    const none = curveOf({ ...HOUR, currency: 'CNY' });
    assert.deepEqual(compared(66n, billed('0.66', [], 'EUR')), [undefined, 'station-bill-incomparable']);
    assert.deepEqual(compared(66n, billed('0.66'), none), [undefined, 'station-bill-incomparable']);
    assert.deepEqual(compared(66n, none), [undefined]);
  });
});
