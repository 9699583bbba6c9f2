import { shiftDecimal } from '@voltpile/kernel/units';

/** A limit or threshold: a JSON number, as decimal text without an exponent (JavaScript writes 1e-7). */
export function readLimit(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? shiftDecimal(String(value), 0) : undefined;
}
