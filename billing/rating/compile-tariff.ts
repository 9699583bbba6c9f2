import { scaleDecimal } from '@voltpile/kernel/units';
import {
  AMPERE_PLACES,
  DAYS,
  KWH_PLACES,
  type PriceComponent,
  type Reservation,
  type Restrictions,
  type Tariff,
} from '../contract/tariff.ts';
import { type Dimension, SECOND_PLACES } from '../contract/tariff-preview.ts';
import { Rational } from './rational.ts';

/**
 * Quantities are counted in integers of the smallest unit that can be given: 10^-10 kWh, microseconds, pieces. Only prices need fractions.
 */
export const UNITS_PER_KWH = 10n ** BigInt(KWH_PLACES);
export const UNITS_PER_WH = UNITS_PER_KWH / 1000n;
export const UNITS_PER_SECOND = 10n ** BigInt(SECOND_PLACES);
export const UNITS_PER_MILLISECOND = UNITS_PER_SECOND / 1000n;

/** A price of a tariff, ready for use. */
export interface Component {
  readonly type: Dimension;
  /** Per kWh, hour, or piece. */
  readonly price: Rational;
  /** null where no VAT applies. */
  readonly vatPercent: Rational | null;
  /** What is billed is a multiple of it; in units, 0 for none. */
  readonly step: bigint;
  /** Same for the same dimension, price and VAT. */
  readonly key: string;
}

/** Restrictions as numbers. What is not restricted is undefined. */
export interface Limits {
  readonly reservation: Reservation | undefined;
  /** Until may be less than from: past midnight. */
  readonly minutes: { readonly from: number; readonly until: number } | undefined;
  /** By weekday, 0 is Monday. */
  readonly weekdays: readonly boolean[] | undefined;
  readonly firstDay: number | undefined;
  readonly dayAfter: number | undefined;
  readonly energy: Range<bigint>;
  readonly elapsedMs: Range<number>;
  /** In millionths of an ampere, and milliwatts. */
  readonly current: Range<number>;
  readonly power: Range<number>;
}

/** From the least on, and below the most. */
export interface Range<T> {
  readonly least: T | undefined;
  readonly most: T | undefined;
}

export interface CompiledElement {
  readonly limits: Limits;
  /** The first of each type counts. */
  readonly components: readonly Component[];
}

export interface IdleFee {
  readonly component: Component;
  readonly grace: bigint;
  readonly most: Rational | undefined;
}

/** What bounds each of the two amounts; undefined for one without a bound. Where they are one amount, so are their bounds. */
export interface PriceLimit {
  readonly net: Rational | undefined;
  readonly gross: Rational | undefined;
}

/** A tariff that was read once, to price many sessions. */
export interface CompiledTariff {
  readonly currency: string;
  readonly elements: readonly CompiledElement[];
  /** How many types any element prices; when so many are found there is nothing more to look for. */
  readonly typeCount: number;
  /** For energy in elements without one of their own. */
  readonly serviceFee: Component | undefined;
  /** Whether electricity and service are told apart. */
  readonly hasServiceFee: boolean;
  readonly idleFee: IdleFee | undefined;
  /** Of all that it prices; null where nothing has VAT. */
  readonly highestVat: Rational | null;
  readonly least: PriceLimit;
  readonly most: PriceLimit;
  /** Prices hold their tax. */
  readonly isGross: boolean;
}

/** Reads a tariff once, to price many sessions by it. */
export function compileTariff(tariff: Tariff): CompiledTariff {
  const taxFree = tariff.tax_included === 'N/A';
  const isGross = tariff.tax_included === 'YES';
  const elements = tariff.elements.map((element) => {
    const components = firstOfType(element.price_components).map((one) => componentOf(one, taxFree));
    const { service_fee_per_kwh: fee } = element;
    if (fee !== undefined) components.push(serviceComponent(fee));
    return { limits: limitsOf(element.restrictions ?? {}), components };
  });
  const types = new Set(elements.flatMap(({ components }) => components.map(({ type }) => type)));
  const idleFee = idleFeeOf(tariff.idle_fee, taxFree);
  const priced = [...elements.flatMap(({ components }) => components), ...(idleFee ? [idleFee.component] : [])];
  const addsTax = !isGross && priced.some(hasTax);
  const limitOf = (limit: Tariff['min_price']) => priceLimitOf(limit, isGross, addsTax);
  return {
    currency: tariff.currency,
    elements,
    typeCount: types.size,
    serviceFee: tariff.service_fee_per_kwh === undefined ? undefined : serviceComponent(tariff.service_fee_per_kwh),
    hasServiceFee: tariff.service_fee_per_kwh !== undefined || types.has('SERVICE'),
    idleFee,
    highestVat: priced.reduce<Rational | null>(higherVat, null),
    least: limitOf(tariff.min_price),
    most: limitOf(tariff.max_price),
    isGross,
  };
}

function firstOfType(components: readonly PriceComponent[]): PriceComponent[] {
  return components.filter(({ type }, at) => components.findIndex((other) => other.type === type) === at);
}

function componentOf({ type, price, vat, step_size: step }: PriceComponent, taxFree: boolean): Component {
  const unit = type === 'ENERGY' ? UNITS_PER_WH : type === 'FLAT' ? 0n : UNITS_PER_SECOND;
  return component(type, price, taxFree ? undefined : vat, BigInt(step) * unit);
}

/** It has no step of its own: service counts for the energy that is billed. */
function serviceComponent(price: string): Component {
  return component('SERVICE', price, undefined, 0n);
}

function component(type: Dimension, priceText: string, vat: string | undefined, step: bigint): Component {
  const price = Rational.parse(priceText);
  const vatPercent = vat === undefined ? null : Rational.parse(vat);
  return { type, price, vatPercent, step, key: `${type} ${price.toDecimal()} ${vatPercent?.toDecimal() ?? ''}` };
}

function idleFeeOf(fee: Tariff['idle_fee'], taxFree: boolean): IdleFee | undefined {
  if (fee === undefined) return undefined;
  const { price_per_hour: price, grace_s: grace, max_price: most, vat, step_size: step = 0 } = fee;
  return {
    component: component('PARKING_TIME', price, taxFree ? undefined : vat, BigInt(step) * UNITS_PER_SECOND),
    grace: BigInt(grace) * UNITS_PER_SECOND,
    most: most === undefined ? undefined : Rational.parse(most),
  };
}

/**
 * Where nothing of the tariff is taxed net and gross are one amount, and what bounds the one bounds the other. Prices that hold their tax come to gross
 * amounts only: what a limit says before taxes cannot be told of them.
 */
function priceLimitOf(limit: Tariff['min_price'], isGross: boolean, addsTax: boolean): PriceLimit {
  const { excl_vat: net, incl_vat: gross } = limit ?? {};
  const parsed = (amount: string | undefined) => (amount === undefined ? undefined : Rational.parse(amount));
  if (isGross) return { net: parsed(gross), gross: parsed(gross) };
  return addsTax
    ? { net: parsed(net), gross: parsed(gross) }
    : { net: parsed(net ?? gross), gross: parsed(gross ?? net) };
}

function higherVat(highest: Rational | null, { vatPercent }: Component): Rational | null {
  if (vatPercent === null) return highest;
  return highest === null || vatPercent.compare(highest) > 0 ? vatPercent : highest;
}

function hasTax({ vatPercent }: Component): boolean {
  return vatPercent !== null && !vatPercent.isZero;
}

function limitsOf(given: Restrictions): Limits {
  const { day_of_week: days, start_date: from, end_date: until } = given;
  return {
    reservation: given.reservation,
    minutes: minutesOf(given),
    weekdays: days === undefined || days.length === 0 ? undefined : DAYS.map((day) => days.includes(day)),
    firstDay: from === undefined ? undefined : dayOf(from),
    dayAfter: until === undefined ? undefined : dayOf(until),
    energy: { least: energyUnits(given.min_kwh), most: energyUnits(given.max_kwh) },
    elapsedMs: { least: milliseconds(given.min_duration), most: milliseconds(given.max_duration) },
    current: { least: millionths(given.min_current), most: millionths(given.max_current) },
    power: { least: millionths(given.min_power), most: millionths(given.max_power) },
  };
}

/** The same start and end are the whole day (OCPI does not say; free of charge would be the other reading). An end at 00:00 is that of the day. */
function minutesOf({ start_time: start, end_time: end }: Restrictions): Limits['minutes'] {
  const [from, until] = [start, end].map((text) => (text === undefined ? 0 : minuteOf(text))) as [number, number];
  return from === until ? undefined : { from, until };
}

/** `09:30` → 570 */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** `2026-03-29` → days since 1970-01-01. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

export function energyUnits(kwh: string): bigint;
export function energyUnits(kwh: string | undefined): bigint | undefined;
export function energyUnits(kwh: string | undefined): bigint | undefined {
  return kwh === undefined ? undefined : scaleDecimal(kwh, KWH_PLACES);
}

/** Of amperes or kilowatts: six digits before and behind the point are an integer that a number holds. */
export function millionths(decimal: string | undefined): number | undefined {
  return decimal === undefined ? undefined : Number(scaleDecimal(decimal, AMPERE_PLACES));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
