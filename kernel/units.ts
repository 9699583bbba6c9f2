/**
 * Exact quantities. Energy is held in integer milliwatt-hours (suffix `MilliWh`); decimals from the wire are read as text, never
 * through a float.
 */

/** A decimal text as integer and scale: `12.340` is `{ digits: 12340n, scale: 3 }`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Plain notation without a sign or superfluous zeros. */
const PLAIN = /^(?:0|[1-9]\d{0,17})(?:\.\d{0,17}[1-9])?$/;

function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText] = match;
  if (whole === '' && fraction === '') return undefined;
  const exponent = exponentText === undefined ? 0 : Number(exponentText);
  if (Math.abs(exponent) > 60) return undefined;
  let digits = BigInt(whole + fraction);
  let scale = fraction.length - exponent;
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { digits: sign === '-' ? -digits : digits, scale };
}

/**
 * Reads a decimal text times a power of ten as an integer, cutting (towards zero) what is finer than the unit.
 *
 * @param power how many decimal places the target unit lies below the text's unit: Wh → mWh is 3, kWh → mWh is 6
 * @returns undefined when the text is not a decimal number
 */
export function scaleDecimal(text: string, power: number): bigint | undefined {
  const decimal = readDecimal(text);
  if (decimal === undefined) return undefined;
  const shift = power - decimal.scale;
  return shift >= 0 ? decimal.digits * 10n ** BigInt(shift) : decimal.digits / 10n ** BigInt(-shift);
}

/**
 * Moves the decimal point of a decimal text exactly: `shiftDecimal('12.5', 3)` is `'12500'`. Plain notation, no exponent, no
 * superfluous zeros.
 *
 * @returns undefined when the text is not a decimal number
 */
export function shiftDecimal(text: string, power: number): string | undefined {
  // Nearly all values of meters are plain already.
  if (power === 0 && PLAIN.test(text)) return text;
  const decimal = readDecimal(text);
  if (decimal === undefined) return undefined;
  const scale = decimal.scale - power;
  if (scale <= 0) return (decimal.digits * 10n ** BigInt(-scale)).toString();
  const negative = decimal.digits < 0n;
  const digits = (negative ? -decimal.digits : decimal.digits).toString().padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const body = fraction === '' ? digits.slice(0, -scale) : `${digits.slice(0, -scale)}.${fraction}`;
  return negative && body !== '0' ? `-${body}` : body;
}

/**
 * Energy for the API: watt-hours as a number with up to three decimals. Exact up to 4 × 10^12 Wh, far above any meter.
 */
export function milliWhToWh(energyMilliWh: bigint): number {
  return Number(energyMilliWh) / 1000;
}
