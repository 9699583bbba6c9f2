import { minorPlaces } from '../../money/minor-units.ts';
import { amountNotPayable } from '../payment-provider.ts';

/**
 * Stripe counts most currencies in the minor units of ISO 4217, but not all (docs.stripe.com/currencies): some have no minor units there, two have
 * more than they should, and of three places the last has to be 0.
 */
const WITHOUT_MINOR_UNITS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const WITH_TWO_PLACES = new Set(['ISK', 'UGX']);
const IN_STEPS_OF_TEN = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
/** Eight digits: what Stripe takes of any currency. */
const MOST_UNITS = 99_999_999n;

function stripePlaces(currency: string): number {
  if (WITHOUT_MINOR_UNITS.has(currency)) return 0;
  return WITH_TWO_PLACES.has(currency) ? 2 : minorPlaces(currency);
}

/** How many of our minor units the smallest amount is that Stripe can take. */
function stepMinor(currency: string): bigint {
  const finer = minorPlaces(currency) - stripePlaces(currency);
  return finer > 0 ? 10n ** BigInt(finer) : IN_STEPS_OF_TEN.has(currency) ? 10n : 1n;
}

/** An amount in minor units as Stripe counts. @throws InvalidArgument `payment.amount_not_payable` */
export function toStripeAmount(minor: bigint, currency: string): number {
  if (minor % stepMinor(currency) !== 0n || minor <= 0n || minor > maxStripeMinor(currency)) {
    throw amountNotPayable({ currency });
  }
  const shift = stripePlaces(currency) - minorPlaces(currency);
  return Number(shift >= 0 ? minor * 10n ** BigInt(shift) : minor / 10n ** BigInt(-shift));
}

/** The inverse of {@link toStripeAmount}. */
export function fromStripeAmount(amount: number, currency: string): bigint {
  const shift = minorPlaces(currency) - stripePlaces(currency);
  return shift >= 0 ? BigInt(amount) * 10n ** BigInt(shift) : BigInt(amount) / 10n ** BigInt(-shift);
}

/** What of an amount Stripe can take. */
export function payableByStripe(minor: bigint, currency: string): bigint {
  return minor - (minor % stepMinor(currency));
}

export function maxStripeMinor(currency: string): bigint {
  const shift = stripePlaces(currency) - minorPlaces(currency);
  return shift >= 0 ? MOST_UNITS / 10n ** BigInt(shift) : MOST_UNITS * 10n ** BigInt(-shift);
}
