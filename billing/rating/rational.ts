/**
 * An exact fraction. Prices, energies and times are decimals, and a price per hour times seconds is not: thirds must not be rounded before a line
 * is whole.
 */
export class Rational {
  static readonly ZERO = new Rational(0n, 1n);
  readonly #numerator: bigint;
  /** Above 0; without a common divisor with the numerator. */
  readonly #denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.#numerator = numerator;
    this.#denominator = denominator;
  }

  /** @throws RangeError for a denominator of 0 */
  static of(numerator: bigint, denominator = 1n): Rational {
    if (denominator === 0n) throw new RangeError('a fraction with nothing below the line');
    const sign = denominator < 0n ? -1n : 1n;
    const divisor = greatestCommonDivisor(numerator, denominator);
    return new Rational((sign * numerator) / divisor, (sign * denominator) / divisor);
  }

  /** Reads a plain decimal: `-12.345`. @throws RangeError for anything else */
  static parse(decimal: string): Rational {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
    if (match === null) throw new RangeError(`not a decimal number: ${decimal}`);
    const [, sign = '', whole = '', fraction = ''] = match;
    const digits = BigInt(`${whole}${fraction}`);
    return Rational.of(sign === '-' ? -digits : digits, 10n ** BigInt(fraction.length));
  }

  plus(other: Rational): Rational {
    return Rational.of(
      this.#numerator * other.#denominator + other.#numerator * this.#denominator,
      this.#denominator * other.#denominator,
    );
  }

  minus(other: Rational): Rational {
    return this.plus(Rational.of(-other.#numerator, other.#denominator));
  }

  times(other: Rational): Rational {
    return Rational.of(this.#numerator * other.#numerator, this.#denominator * other.#denominator);
  }

  dividedBy(other: Rational): Rational {
    return Rational.of(this.#numerator * other.#denominator, this.#denominator * other.#numerator);
  }

  compare(other: Rational): number {
    const difference = this.#numerator * other.#denominator - other.#numerator * this.#denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  get isZero(): boolean {
    return this.#numerator === 0n;
  }

  /** As decimal text without zeros at its end: exact where it can be written so, otherwise with at most that many places, half away from zero. */
  toDecimal(places = 9): string {
    let [denominator, exact] = [this.#denominator, 0];
    for (; denominator % 10n === 0n; exact++) denominator /= 10n;
    for (; denominator % 2n === 0n; exact++) denominator /= 2n;
    for (; denominator % 5n === 0n; exact++) denominator /= 5n;
    return this.#rounded(denominator === 1n ? exact : places, true);
  }

  /** With exactly so many places, half away from zero. */
  toFixed(places: number): string {
    return this.#rounded(places, false);
  }

  #rounded(places: number, trims: boolean): string {
    const sign = this.#numerator < 0n ? '-' : '';
    const scaled = (this.#numerator < 0n ? -this.#numerator : this.#numerator) * 10n ** BigInt(places);
    const rounded = (scaled * 2n + this.#denominator) / (this.#denominator * 2n);
    const digits = String(rounded).padStart(places + 1, '0');
    const [whole, fraction] = [digits.slice(0, digits.length - places), digits.slice(digits.length - places)];
    const kept = trims ? fraction.replace(/0+$/, '') : fraction;
    const isNegative = sign !== '' && rounded !== 0n;
    return `${isNegative ? sign : ''}${whole}${kept === '' ? '' : `.${kept}`}`;
  }
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  let [a, b] = [one < 0n ? -one : one, other < 0n ? -other : other];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}
