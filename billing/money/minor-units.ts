import { defineError } from '@voltpile/kernel/errors';
import type { Money } from '../contract/money.ts';
import { Rational } from '../rating/rational.ts';

export const badAmount = defineError(
  'money.bad_amount',
  'InvalidArgument',
  'An amount of {currency} is a decimal number of at most {places} places.',
);

/** Beyond this a 64-bit column could not hold the sum of many. */
const MOST_DIGITS = 15;
const placesOf = new Map<string, number>();

/** Decimal places of a currency (ISO 4217): 2 for EUR and CNY, 0 for JPY, 3 for KWD. */
export function minorPlaces(currency: string): number {
  let places = placesOf.get(currency);
  if (places === undefined) {
    places = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    placesOf.set(currency, places);
  }
  return places;
}

/** Minor units (cents) as the API shows them. */
export function toMoney(minor: bigint, currency: string): Money {
  const places = minorPlaces(currency);
  return { amount: Rational.of(minor, 10n ** BigInt(places)).toFixed(places), currency };
}

/** The inverse of {@link toMoney}; fewer places are fine. @throws money.bad_amount */
export function fromMoney({ amount, currency }: Money): bigint {
  const places = minorPlaces(currency);
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (whole === '' || whole.length > MOST_DIGITS || fraction.length > places) throw badAmount({ currency, places });
  return BigInt(`${sign}${whole}${fraction.padEnd(places, '0')}`);
}

/** An exact amount of money in minor units, half away from zero: the one rounding of an invoice line. */
export function roundToMinor(exact: Rational, currency: string): bigint {
  return BigInt(exact.toFixed(minorPlaces(currency)).replace('.', ''));
}
