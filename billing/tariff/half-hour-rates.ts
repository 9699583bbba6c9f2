import * as z from 'zod';
import { decimal } from '../contract/decimal.ts';
import { RATES, type Rate } from '../contract/half-hour-tariff.ts';
import { currencySchema } from '../contract/money.ts';
import { type PriceComponent, type Restrictions, type Tariff, tariffSchema } from '../contract/tariff.ts';
import { Rational } from '../rating/rational.ts';

/**
 * Prices as they are set in China (尖峰平谷): four rates, each with a price for electricity and one for service, and the rate of every half hour of a
 * day. 云快充 pushes the same to piles, so both are one model.
 */

export const SLOTS = 48;
const MINUTES_PER_SLOT = 30;

/** Digits of a price on the wire. */
const WHOLE_DIGITS = 4;
const PLACES = 5;
const price = decimal(WHOLE_DIGITS, PLACES);
const rate = z.strictObject({ electricity: price, service: price });

export const halfHourRatesSchema = z.strictObject({
  currency: currencySchema,
  sharp: rate,
  peak: rate,
  flat: rate,
  valley: rate,
  /** As digits of the rates, or as a list of them. Slot 0 begins at midnight of the place. */
  slots: z
    .union([z.string().transform((digits) => [...digits].map(Number)), z.array(z.number())])
    .superRefine((slots, context) => {
      if (slots.length !== SLOTS) {
        context.addIssue(`must be ${SLOTS} rates, one a half hour from midnight; these are ${slots.length}`);
      }
      const wrong = slots.findIndex((slot) => RATES[slot] === undefined);
      if (wrong !== -1) {
        context.addIssue(`must be 0 (sharp), 1 (peak), 2 (flat) or 3 (valley); that of ${timeOf(wrong)} is not`);
      }
    }),
});

export type HalfHourRates = z.output<typeof halfHourRatesSchema>;

/** As a tariff of OCPI's model: one element for each stretch of one rate. Energy is counted in tenths of a watt-hour by piles, so no steps are made. */
export function toTariff({ currency, slots, ...rates }: HalfHourRates): Tariff {
  const elements = stretchesOf(slots).map(({ from, until, slot }) => {
    const { electricity, service } = rates[RATES[slot] as Rate];
    return {
      price_components: [{ type: 'ENERGY', price: electricity, step_size: 0 }],
      restrictions: { start_time: timeOf(from), end_time: timeOf(until) },
      service_fee_per_kwh: service,
    };
  });
  return tariffSchema.parse({ currency, elements });
}

/** Stretches of one rate; the last of the day and the first of the next are one where they have the same rate. */
function stretchesOf(slots: readonly number[]): { from: number; until: number; slot: number }[] {
  const starts = slots.flatMap((slot, at) => (slot === slots.at(at - 1) ? [] : [at]));
  if (starts.length === 0) return [{ from: 0, until: 0, slot: slots[0] ?? 0 }];
  return starts.map((from, index) => ({
    from,
    until: starts[(index + 1) % starts.length] ?? from,
    slot: slots[from] ?? 0,
  }));
}

function timeOf(slot: number): string {
  const minute = (slot % SLOTS) * MINUTES_PER_SLOT;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

export type Unfit = { readonly kind: 'unfit'; readonly problem: string };

/**
 * A tariff as piles of 云快充 take it: the other way round. It must price nothing but energy, by the time of the day, in half hours, at four prices at
 * most; the dearest of four is sharp, and of fewer peak, since a day need not have a sharp hour.
 */
export function fromTariff(tariff: Tariff): { kind: 'rates'; rates: HalfHourRates } | Unfit {
  const problem = whyUnfit(tariff);
  if (problem !== undefined) return { kind: 'unfit', problem };
  const slots = Array.from({ length: SLOTS }, (_, slot) => pricesOf(tariff, slot));
  const distinct = [...new Map(slots.map((prices) => [keyOf(prices), prices])).values()].sort(dearestFirst);
  const names: readonly Rate[] | undefined = [
    ['flat'] as const,
    ['peak', 'valley'] as const,
    ['peak', 'flat', 'valley'] as const,
    RATES,
  ][distinct.length - 1];
  if (names === undefined) return { kind: 'unfit', problem: `it has ${distinct.length} prices; piles hold four rates` };
  const named = new Map(distinct.map((prices, at) => [keyOf(prices), names[at] ?? 'flat']));
  const pricesByRate = new Map(distinct.map((prices, at) => [names[at] ?? 'flat', prices]));
  // No half hour has a rate that is not used; the price beside it is any.
  const unused = pricesByRate.get('flat') ?? pricesByRate.get('peak') ?? { electricity: '0', service: '0' };
  const rateOf = (name: Rate) => pricesByRate.get(name) ?? unused;
  return {
    kind: 'rates',
    rates: {
      currency: tariff.currency,
      sharp: rateOf('sharp'),
      peak: rateOf('peak'),
      flat: rateOf('flat'),
      valley: rateOf('valley'),
      slots: slots.map((prices) => RATES.indexOf(named.get(keyOf(prices)) ?? 'flat')),
    },
  };
}

interface Prices {
  readonly electricity: string;
  readonly service: string;
}

function whyUnfit({
  elements,
  min_price,
  max_price,
  idle_fee,
  tax_included: tax,
  service_fee_per_kwh: fee,
}: Tariff): string | undefined {
  if (min_price !== undefined || max_price !== undefined) return 'piles know no least or most price';
  if (idle_fee !== undefined) return 'piles know no fee for standing';
  if (fee !== undefined && !isShort(fee)) return `its fee for service (${fee}) has more than ${DIGITS}`;
  for (const [at, { price_components: components, restrictions, service_fee_per_kwh: own }] of elements.entries()) {
    const { start_time: start = '00:00', end_time: end = '00:00', ...others }: Restrictions = restrictions ?? {};
    const problem =
      firstOf(components, (one) => whyComponentUnfit(one, tax)) ??
      firstOf(Object.entries(others), ([name, value]) =>
        value === undefined ? undefined : `is restricted by ${name}; piles know the time of the day only`,
      ) ??
      firstOf([start, end], (time) =>
        /:[03]0$/.test(time) ? undefined : `changes at ${time}; piles change at half hours`,
      ) ??
      (own === undefined || isShort(own) ? undefined : `has a fee for service (${own}) with more than ${DIGITS}`);
    if (problem !== undefined) return `element ${at + 1} ${problem}`;
  }
  return undefined;
}

const DIGITS = `${WHOLE_DIGITS} digits before the point or ${PLACES} behind it`;
/** Piles count in tenths of a watt-hour. Whole watt-hours, once a session, are as good as none. */
const FINEST_STEP_WH = 1;

function whyComponentUnfit(
  { type, price: given, vat, step_size: step }: PriceComponent,
  tax: Tariff['tax_included'],
): string | undefined {
  if (type !== 'ENERGY') return `has a price for ${type}; piles know that of energy only`;
  if (!isShort(given)) return `has a price (${given}) with more than ${DIGITS}`;
  if (step > FINEST_STEP_WH) return `is billed in steps of ${step} Wh; piles know no steps`;
  const addsTax = vat !== undefined && !Rational.parse(vat).isZero && tax !== 'YES' && tax !== 'N/A';
  return addsTax ? `adds ${vat} % VAT; piles show and bill a price as it is` : undefined;
}

function isShort(decimalText: string): boolean {
  const [whole = '', fraction = ''] = Rational.parse(decimalText).toDecimal().split('.');
  return whole.length <= WHOLE_DIGITS && fraction.length <= PLACES;
}

function firstOf<T>(things: readonly T[], problemWith: (thing: T) => string | undefined): string | undefined {
  for (const thing of things) {
    const problem = problemWith(thing);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function pricesOf({ elements, service_fee_per_kwh: fee }: Tariff, slot: number): Prices {
  const holding = elements.filter(({ restrictions }) => holdsAt(restrictions ?? {}, timeOf(slot)));
  return {
    electricity: asRate(holding[0]?.price_components[0]?.price ?? '0'),
    service: asRate(holding.find((one) => one.service_fee_per_kwh !== undefined)?.service_fee_per_kwh ?? fee ?? '0'),
  };
}

/** As it is written, unless it is written with more noughts than a rate may have. */
function asRate(decimalText: string): string {
  return price.safeParse(decimalText).success ? decimalText : Rational.parse(decimalText).toDecimal();
}

function holdsAt({ start_time: start = '00:00', end_time: end = '00:00' }: Restrictions, time: string): boolean {
  return start < end ? time >= start && time < end : start === end || time >= start || time < end;
}

function keyOf({ electricity, service }: Prices): string {
  return `${Rational.parse(electricity).toDecimal()} ${Rational.parse(service).toDecimal()}`;
}

function dearestFirst(one: Prices, other: Prices): number {
  const sum = ({ electricity, service }: Prices) => Rational.parse(electricity).plus(Rational.parse(service));
  return sum(other).compare(sum(one));
}
