import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Rational } from './rational.ts';

describe('fractions', () => {
  const fractions = fc
    .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 6n }))
    .map(([numerator, denominator]) => Rational.of(numerator, denominator));
  const same = (one: Rational, other: Rational) => assert.equal(one.compare(other), 0);

  it('are written exactly where they end, with at most nine places where they do not, and without zeros at the end', () => {
    const written = (numerator: bigint, denominator: bigint) => Rational.of(numerator, denominator).toDecimal();
    assert.deepEqual(
      [
        written(1n, 8n),
        written(-5n, 2n),
        written(1n, 3n),
        written(2n, 3n),
        written(100n, 1n),
        written(1n, 2n ** 20n),
        written(-1n, 3n * 10n ** 12n),
        written(40_563_123_530n * 3n + 1n, 3n * 10n ** 9n),
        written(10n ** 10n - 1n, 3n * 10n ** 9n + 7n),
      ],
      [
        '0.125',
        '-2.5',
        '0.333333333',
        '0.666666667',
        '100',
        '0.00000095367431640625',
        '0',
        '40.56312353',
        '3.333333325',
      ],
    );
    assert.equal(Rational.parse('5.625').toFixed(2), '5.63');
    assert.equal(Rational.parse('-5.625').toFixed(2), '-5.63');
  });

  it('read what they have written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.integer({ min: 0, max: 10 }),
        (digits, places) => {
          const decimal = Rational.of(digits, 10n ** BigInt(places));
          same(Rational.parse(decimal.toDecimal()), decimal);
        },
      ),
    );
    for (const bad of ['', '1,5', '1e3', ' 1', '.5', 'NaN']) assert.throws(() => Rational.parse(bad), RangeError);
    assert.throws(() => Rational.of(1n, 0n), RangeError);
  });

  it('obey the rules of sums and products', () => {
    fc.assert(
      fc.property(fractions, fractions, fractions, (a, b, c) => {
        same(a.plus(b).times(c), a.times(c).plus(b.times(c)));
        same(a.plus(b).minus(b), a);
        if (!b.isZero) same(a.times(b).dividedBy(b), a);
      }),
    );
  });
});
