import { hash } from 'node:crypto';
import type { StationTariff } from '@voltpile/csms/contract/station-tariff';

/** The same for the same prices at the same times, whichever version they are from. */
export function tariffDigest({ currency, rates, slots }: StationTariff): string {
  const { sharp, peak, flat, valley } = rates;
  const prices = [sharp, peak, flat, valley].map(({ electricity, service }) => [electricity, service]);
  return hash('sha256', JSON.stringify([currency, prices, slots]), 'hex');
}
