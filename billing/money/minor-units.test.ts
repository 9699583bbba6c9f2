import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Rational } from '../rating/rational.ts';
import { badAmount, fromMoney, minorPlaces, roundToMinor, toMoney } from './minor-units.ts';

describe('minor units', () => {
  it('are those of the currency', () => {
    assert.deepEqual(['EUR', 'CNY', 'JPY', 'KWD'].map(minorPlaces), [2, 2, 0, 3]);
    assert.deepEqual(toMoney(-5n, 'EUR'), { amount: '-0.05', currency: 'EUR' });
    assert.deepEqual(toMoney(500n, 'JPY'), { amount: '500', currency: 'JPY' });
    assert.deepEqual(toMoney(1n, 'KWD'), { amount: '0.001', currency: 'KWD' });
  });

  it('go there and back', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n - 10n ** 15n, 10n ** 15n - 1n),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (minor, currency) => {
          assert.equal(fromMoney(toMoney(minor, currency)), minor);
        },
      ),
    );
    assert.equal(fromMoney({ amount: '12.3', currency: 'EUR' }), 1230n);
  });

  it('are not made of what is no amount', () => {
    for (const amount of ['', '1.234', '1,5', '1e3', '.5', '1.', 'x', '1'.repeat(16)]) {
      assert.throws(() => fromMoney({ amount, currency: 'EUR' }), badAmount.is, amount);
    }
    assert.throws(() => fromMoney({ amount: '1.5', currency: 'JPY' }), badAmount.is);
  });

  it('are rounded once, half away from zero', () => {
    const round = (numerator: bigint, denominator: bigint, currency = 'EUR') =>
      roundToMinor(Rational.of(numerator, denominator), currency);
    assert.deepEqual(
      [round(1n, 200n), round(-1n, 200n), round(1n, 201n), round(1n, 3n), round(1n, 2n, 'JPY'), round(1n, 3n, 'KWD')],
      [1n, -1n, 0n, 33n, 1n, 333n],
    );
  });
});
