import { scaleDecimal } from '@voltpile/kernel/units';
import * as z from 'zod';
import { decimal } from './decimal.ts';
import { currencySchema } from './money.ts';

/**
 * A tariff in OCPI's model (2.2.1 and 2.3.0, mod_tariffs), in its names. Three things are ours, since OCPI has none of them: a service fee beside the
 * price of energy, whole or for an element (China), and a fee for a vehicle that stays after it was charged.
 */

export const MAX_ELEMENTS = 200;
const MAX_COMPONENTS = 20;
const SECONDS_OF_A_YEAR = 366 * 86_400;

/** Digits behind the point that quantities may have: what is counted in integers needs a smallest unit. */
export const KWH_PLACES = 10;
export const AMPERE_PLACES = 6;
/** A restriction by energy is a border between readings of meters, which count in milliwatt-hours. */
const KWH_LIMIT_PLACES = 6;

const price = decimal(9, 10);
const percent = decimal(3, 4);
const kwhLimit = decimal(9, KWH_LIMIT_PLACES);
const amperes = decimal(6, AMPERE_PLACES);
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 09:30');
const date = z.iso.date('must be a date like 2026-03-29');
const stepSize = wholeNumber('a whole number', 1_000_000_000);
const seconds = wholeNumber('a whole number of seconds', SECONDS_OF_A_YEAR);

/** In the order of a week. */
export const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;

export const reservationSchema = z.enum(['RESERVATION', 'RESERVATION_EXPIRES']);

/** What may be left out; null is the same, as in OCPI. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** OCPI PriceComponent: per kWh, per hour, or once. `step_size` in Wh or seconds. Without `vat` no VAT applies, which is not 0 %. */
const priceComponent = z.strictObject({
  type: z.enum(['ENERGY', 'FLAT', 'PARKING_TIME', 'TIME']),
  price,
  vat: optional(percent),
  step_size: stepSize,
});

/** OCPI TariffRestrictions: all that are given must hold. `min_…` is within, `max_…` is not. An end of the day before its start is after midnight. */
const restrictions = z
  .strictObject({
    start_time: optional(timeOfDay),
    end_time: optional(timeOfDay),
    start_date: optional(date),
    end_date: optional(date),
    min_kwh: optional(kwhLimit),
    max_kwh: optional(kwhLimit),
    min_current: optional(amperes),
    max_current: optional(amperes),
    min_power: optional(amperes),
    max_power: optional(amperes),
    min_duration: optional(seconds),
    max_duration: optional(seconds),
    day_of_week: optional(z.array(z.enum(DAYS)).max(7)),
    reservation: optional(reservationSchema),
  })
  .superRefine((given, context) => {
    for (const name of ['kwh', 'current', 'power', 'duration'] as const) {
      const [least, most] = [given[`min_${name}`], given[`max_${name}`]];
      if (least === undefined || most === undefined || isLess(least, most)) continue;
      const message = `min_${name} (${least}) must be less than max_${name} (${most}): nothing is ever from the one and below the other`;
      context.addIssue({ code: 'custom', path: [`min_${name}`], message });
    }
    const { start_date: from, end_date: until } = given;
    if (from !== undefined && until !== undefined && from >= until) {
      const message = `start_date (${from}) must be before end_date (${until}), which is the first day that is not in it`;
      context.addIssue({ code: 'custom', path: ['start_date'], message });
    }
  });

/** OCPI's Price (2.2.1) or PriceLimit (2.3.0): two names for each of the same two amounts. */
const priceLimit = z
  .strictObject({
    excl_vat: optional(price),
    incl_vat: optional(price),
    before_taxes: optional(price),
    after_taxes: optional(price),
  })
  .transform(({ excl_vat, incl_vat, before_taxes, after_taxes }) => ({
    excl_vat: excl_vat ?? before_taxes,
    incl_vat: incl_vat ?? after_taxes,
  }));

/** For standing connected without charging, all such time of a session together. */
const idleFee = z.strictObject({
  price_per_hour: price,
  /** Free at first. */
  grace_s: seconds,
  /** What the fee comes to at most; before VAT, unless prices hold their tax. */
  max_price: optional(price),
  vat: optional(percent),
  step_size: optional(stepSize),
});

/**
 * What OCPI says of a tariff that has no part in what it costs: taken, so that whole tariffs can be given. The time in which a tariff is valid is of
 * that sort: it says which tariff a charge has, and here the tariff was chosen already.
 */
const ignored = z.unknown().optional();

export const tariffSchema = z
  .strictObject({
    currency: currencySchema,
    elements: z
      .array(
        z.strictObject({
          price_components: z.array(priceComponent).min(1).max(MAX_COMPONENTS),
          restrictions: optional(restrictions),
          /** In place of that of the tariff, while the element holds. */
          service_fee_per_kwh: optional(price),
        }),
      )
      .min(1)
      .max(MAX_ELEMENTS),
    min_price: optional(priceLimit),
    max_price: optional(priceLimit),
    tax_included: optional(z.enum(['YES', 'NO', 'N/A'])),
    /** Beside the price of the energy, as in China. */
    service_fee_per_kwh: optional(price),
    idle_fee: optional(idleFee),
    country_code: ignored,
    party_id: ignored,
    id: ignored,
    type: ignored,
    tariff_alt_text: ignored,
    tariff_alt_url: ignored,
    start_date_time: ignored,
    end_date_time: ignored,
    energy_mix: ignored,
    preauthorize_amount: ignored,
    last_updated: ignored,
  })
  .superRefine(({ min_price: least, max_price: most }, context) => {
    for (const side of ['excl_vat', 'incl_vat'] as const) {
      const [low, high] = [least?.[side], most?.[side]];
      if (low === undefined || high === undefined || !isLess(high, low)) continue;
      const message = `must not be more than max_price (${low} is more than ${high}, ${side})`;
      context.addIssue({ code: 'custom', path: ['min_price'], message });
    }
  });

function wholeNumber(what: string, most: number) {
  // One message, whatever is wrong with it.
  const problem = { error: `must be ${what} from 0 to ${most}`, abort: true };
  return z.int(problem).min(0, problem).max(most, problem);
}

function isLess(one: string | number, other: string | number): boolean {
  const [a, b] = [one, other].map((value) => scaleDecimal(String(value), KWH_PLACES) ?? 0n) as [bigint, bigint];
  return a < b;
}

export type Tariff = z.output<typeof tariffSchema>;
export type TariffElement = Tariff['elements'][number];
export type PriceComponent = TariffElement['price_components'][number];
export type Restrictions = Partial<NonNullable<TariffElement['restrictions']>>;
export type Reservation = z.output<typeof reservationSchema>;
