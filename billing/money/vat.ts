import { Rational } from '../rating/rational.ts';

const HUNDRED = Rational.of(100n);
/** Net and gross of a limit are rounded each by itself. */
const TOLERATED_MINOR = 1n;

/** VAT on a net amount, both in minor units, rounded half away from zero. */
export function vatOn(netMinor: bigint, percent: Rational): bigint {
  return BigInt(Rational.of(netMinor).times(percent).dividedBy(HUNDRED).toFixed(0));
}

/**
 * Whether a net amount has the VAT of that rate, both in minor units. One minor unit more or less is the rounding of an amount that was given before and
 * after VAT; at 0 % both are one amount, and there is none.
 */
export function hasVatOf(percent: Rational, netMinor: bigint, vatMinor: bigint): boolean {
  const difference = vatMinor - vatOn(netMinor, percent);
  return percent.isZero ? difference === 0n : difference <= TOLERATED_MINOR && -difference <= TOLERATED_MINOR;
}
