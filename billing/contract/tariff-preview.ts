import { isZoneName } from '@voltpile/kernel/zone-name';
import * as z from 'zod';
import { decimal } from './decimal.ts';
import { AMPERE_PLACES, KWH_PLACES, optional, type PriceComponent, reservationSchema } from './tariff.ts';
import type { TariffFinding } from './tariff-finding.ts';

/**
 * A session that a tariff is tried on, and what it would cost: shapes of `POST /tariffs/preview`. Amounts are exact decimals as text, in the currency of
 * the tariff.
 */

const MAX_PERIODS = 5000;
/** Of durations in seconds. */
export const SECOND_PLACES = 6;

const dateTime = z.iso.datetime({
  offset: true,
  error: 'must be a time with its zone, like 2026-03-29T10:00:00+02:00',
});
const kwh = decimal(9, KWH_PLACES);
const seconds = decimal(8, SECOND_PLACES);
const amperes = decimal(6, AMPERE_PLACES);

export const previewSessionSchema = z.strictObject({
  time_zone: z.string().max(64).refine(isZoneName, 'must be a zone of the IANA database, like Europe/Berlin'),
  start: dateTime,
  periods: z
    .array(
      z.strictObject({
        start: dateTime,
        energy_kwh: optional(kwh),
        time_s: optional(seconds),
        parking_s: optional(seconds),
        current_a: optional(amperes),
        power_kw: optional(amperes),
        reservation: optional(reservationSchema),
      }),
    )
    .max(MAX_PERIODS)
    .superRefine((periods, context) => {
      const wrong = periods.findIndex(
        ({ start }, at) => Date.parse(start) < Date.parse(periods[at - 1]?.start ?? start),
      );
      if (wrong === -1) return;
      context.addIssue({
        code: 'custom',
        path: [wrong, 'start'],
        message: 'must not be before that of the period before',
      });
    }),
});

export type PreviewSession = z.output<typeof previewSessionSchema>;
export type Dimension = PriceComponent['type'] | 'SERVICE';

/** One line of a priced session. Amounts are exact decimals (at most nine places where they have no end), without zeros at their end. */
export interface PricedLine {
  readonly dimension: Dimension;
  /** As billed, steps included. */
  readonly quantity: string;
  readonly unit: 'kWh' | 'h' | 'session';
  readonly price: string;
  readonly vatPercent: string | null;
  /** null where prices are gross and nothing says what of them is tax. */
  readonly exclVat: string | null;
  readonly inclVat: string;
  /** Positions of the session's periods that it comes from; empty for what brings a sum to the tariff's least or most. */
  readonly periods: readonly number[];
}

export interface PricedSession {
  readonly currency: string;
  readonly exclVat: string | null;
  readonly inclVat: string;
  /** With a service fee: what of the total is for energy, what for service. */
  readonly electricityFee?: string;
  readonly serviceFee?: string;
  readonly total?: string;
  readonly lines: readonly PricedLine[];
  /** What to know of this price; absent where there is nothing. */
  readonly findings?: readonly TariffFinding[];
}
