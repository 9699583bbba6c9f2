import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliWhToWh, scaleDecimal, shiftDecimal } from './units.ts';

describe('units', () => {
  it('read decimals exactly as integers of a smaller unit', () => {
    const table: [string, number, bigint | undefined][] = [
      ['1', 3, 1000n],
      ['1.234', 3, 1234n],
      ['1.2345', 3, 1234n],
      ['-1.2345', 3, -1234n],
      ['12.3456', 6, 12_345_600n],
      ['.5', 3, 500n],
      ['5.', 3, 5000n],
      ['1e3', 0, 1000n],
      ['1.5E-2', 3, 15n],
      [' 7 ', 0, 7n],
      ['+7', 0, 7n],
      ['90071992547409931', 3, 90_071_992_547_409_931_000n],
      ['', 0, undefined],
      ['.', 0, undefined],
      ['1,5', 0, undefined],
      ['0x10', 0, undefined],
      ['NaN', 0, undefined],
      ['1e999', 0, undefined],
      ['1e61', 0, undefined],
      ['9'.repeat(41), 0, undefined],
    ];
    for (const [text, power, expected] of table) assert.equal(scaleDecimal(text, power), expected, text);
  });

  it('move the decimal point without loss', () => {
    const table: [string, number, string | undefined][] = [
      ['12.5', 3, '12500'],
      ['12.50', 0, '12.5'],
      ['0.0001', 3, '0.1'],
      ['16000', -3, '16'],
      ['-1', -3, '-0.001'],
      ['-0', 3, '0'],
      ['-0', 0, '0'],
      ['-0.50', 0, '-0.5'],
      ['10', 0, '10'],
      ['007', 0, '7'],
      ['abc', 0, undefined],
    ];
    for (const [text, power, expected] of table) assert.equal(shiftDecimal(text, power), expected, text);
  });

  it('move it there and back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.integer({ min: -9, max: 9 }),
        (digits, power) => {
          assert.equal(shiftDecimal(shiftDecimal(digits.toString(), power) as string, -power), digits.toString());
        },
      ),
    );
  });

  it('show energy in watt-hours', () => {
    assert.equal(milliWhToWh(1_234_567n), 1234.567);
    assert.equal(milliWhToWh(4_000_000_000_000_001n), 4_000_000_000_000.001);
  });
});
