import * as z from 'zod';

/**
 * A tariff in OCPI's model (2.2.1 and 2.3.0, mod_tariffs), and a session that it is tried on: shapes of `POST /tariffs/preview`. Prices and energies are
 * decimals, as text or as JSON numbers that are written with at most fifteen digits.
 */

const MAX_ELEMENTS = 200;
const MAX_COMPONENTS = 20;
const MAX_PERIODS = 5000;
const SECONDS_OF_A_YEAR = 366 * 86_400;

function decimal(most: number, places: number) {
  const text = `must be a decimal number of at most ${most} digits before the point and ${places} behind it`;
  const pattern = new RegExp(`^\\d{1,${most}}(?:\\.\\d{1,${places}})?$`);
  return z
    .union([z.string(), z.number()])
    .transform((value) => String(value))
    .refine((value) => pattern.test(value), text)
    .meta({ description: text });
}

const price = decimal(9, 10);
const percent = decimal(3, 4);
const kwh = decimal(9, 6);
const amperes = decimal(6, 3);
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 09:30');
const date = z.iso.date();
const stepSize = z.int().min(0).max(1_000_000_000);
const seconds = z.int().min(0).max(SECONDS_OF_A_YEAR);

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;
const reservation = z.enum(['RESERVATION', 'RESERVATION_EXPIRES']);

/** OCPI PriceComponent: per kWh, per hour, or once. `step_size` in Wh or seconds. */
const priceComponent = z.strictObject({
  type: z.enum(['ENERGY', 'FLAT', 'PARKING_TIME', 'TIME']),
  price,
  vat: percent.nullish(),
  step_size: stepSize,
});

/** OCPI TariffRestrictions: all that are given must hold. `min_…` is within, `max_…` is not. */
const restrictions = z.strictObject({
  start_time: timeOfDay.optional(),
  end_time: timeOfDay.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
  min_kwh: kwh.optional(),
  max_kwh: kwh.optional(),
  min_current: amperes.optional(),
  max_current: amperes.optional(),
  min_power: amperes.optional(),
  max_power: amperes.optional(),
  min_duration: seconds.optional(),
  max_duration: seconds.optional(),
  day_of_week: z.array(z.enum(DAYS)).max(7).optional(),
  reservation: reservation.optional(),
});

const priceLimit = z.strictObject({ excl_vat: price.optional(), incl_vat: price.optional() });

export const previewTariffSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217'),
  elements: z
    .array(
      z.strictObject({
        price_components: z.array(priceComponent).min(1).max(MAX_COMPONENTS),
        restrictions: restrictions.optional(),
      }),
    )
    .min(1)
    .max(MAX_ELEMENTS),
  min_price: priceLimit.optional(),
  max_price: priceLimit.optional(),
  tax_included: z.enum(['YES', 'NO', 'N/A']).optional(),
  /** Beside the price of the energy, as in China. */
  service_fee_per_kwh: price.optional(),
});

const dateTime = z.iso.datetime({ offset: true });

export const previewSessionSchema = z.strictObject({
  time_zone: z.string().max(64).refine(isTimeZone, 'must be a zone of the IANA database'),
  start: dateTime,
  periods: z
    .array(
      z.strictObject({
        start: dateTime,
        energy_kwh: kwh.optional(),
        time_s: seconds.optional(),
        parking_s: seconds.optional(),
        current_a: amperes.optional(),
        power_kw: amperes.optional(),
        reservation: reservation.optional(),
      }),
    )
    .max(MAX_PERIODS),
});

export type PreviewTariff = z.infer<typeof previewTariffSchema>;
export type PreviewSession = z.infer<typeof previewSessionSchema>;
export type TariffElement = PreviewTariff['elements'][number];
export type PriceComponent = TariffElement['price_components'][number];
export type SessionPeriod = PreviewSession['periods'][number];
export type Dimension = PriceComponent['type'] | 'SERVICE';

/** One line of a priced session. Amounts are exact decimals (nine places where they have no end). */
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
}

export interface TariffsPort {
  /** What a session would cost. Periods are taken as they are given: each is priced by how things are at its start. */
  preview(tariff: PreviewTariff, session: PreviewSession): Promise<PricedSession>;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
