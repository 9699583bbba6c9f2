import type { Uuid } from '@voltpile/kernel/ids';
import * as z from 'zod';

/** Prices that a station itself shows and counts by: four rates, and the half hours of its day that they hold in. */
const price = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,5})?$/, 'must be an amount for a kWh with at most five decimals, as text')
  .meta({ examples: ['1.2'] });
const rate = z.strictObject({ electricity: price, service: price });

export const stationTariffSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217, like CNY'),
  rates: z.strictObject({ sharp: rate, peak: rate, flat: rate, valley: rate }),
  slots: z
    .string()
    .regex(/^[0-3]{48}$/, 'must be 48 digits, one a half hour from midnight: 0 sharp, 1 peak, 2 flat, 3 valley'),
});

export type StationTariff = z.output<typeof stationTariffSchema>;

/** Where a station is, for those who know its prices. */
export interface StationPlace {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** The station's identity. */
  readonly stationId: string;
}

/** Which prices a station should show. Declared here, implemented by the service that bills. */
export interface StationTariffsPort {
  /** null: no tariff is assigned to the station, or none that a station could count by. */
  tariffOf(place: StationPlace): Promise<StationTariff | null>;
  /**
   * A station that has asked has these prices: it has said so, or they were written to its connection, which no station confirms.
   *
   * @param tariff null: it was told prices that are not from here
   */
  taken(place: StationPlace, tariff: StationTariff | null): Promise<void>;
}
