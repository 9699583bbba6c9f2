const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
/** UnitOfMeasureType.multiplier beyond this is no unit of anything. */
const MAX_SHIFT = 30;

/**
 * A decimal number as text, times a power of ten, exactly: only the point moves. JavaScript writes small and large numbers with an
 * exponent; the result has none.
 *
 * @returns undefined when the text is no number, or the point would move too far
 */
export function shiftDecimal(text: string, power: number): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null || !Number.isInteger(power)) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = power + Number(exponent);
  if (whole + fraction === '' || Math.abs(shift) > MAX_SHIFT) return undefined;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const right = padded.slice(at).replace(/0+$/, '');
  const number = right === '' ? left : `${left}.${right}`;
  return sign === '-' && number !== '0' ? `-${number}` : number;
}
