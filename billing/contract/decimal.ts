import { shiftDecimal } from '@voltpile/kernel/units';
import * as z from 'zod';

/** What a double surely keeps of a decimal: with more digits JSON has changed the number before we see it. */
const DIGITS_OF_A_NUMBER = 15;

/**
 * A decimal that is not negative, as text or as a JSON number, read as text: no arithmetic is done on floats. A JSON number that is written with an
 * exponent (`1e-7`) is the same decimal; one with more digits than a double holds is refused, since nobody can tell any more what was written.
 *
 * @param most digits before the point
 * @param places digits behind it
 */
export function decimal(most: number, places: number) {
  const text = `must be a decimal number of at most ${most} digits before the point and ${places} behind it`;
  const pattern = new RegExp(`^\\d{1,${most}}(?:\\.\\d{1,${places}})?$`);
  return z
    .union([z.string(), z.number()], { error: text })
    .transform((value, context) => {
      const plain = typeof value === 'number' ? (shiftDecimal(String(value), 0) ?? '') : value;
      const problem = problemWith(value, plain);
      if (problem !== undefined || !pattern.test(plain)) context.addIssue(problem ?? text);
      return plain;
    })
    .meta({ description: text, examples: ['0.25'] });
}

function problemWith(value: string | number, plain: string): string | undefined {
  if (/^-[\d.]+$/.test(plain)) return 'must not be negative';
  if (typeof value !== 'number') return undefined;
  const digits = plain.replace('.', '').replace(/^0+/, '').length;
  return digits > DIGITS_OF_A_NUMBER
    ? `must be text: a JSON number holds ${DIGITS_OF_A_NUMBER} digits only`
    : undefined;
}
