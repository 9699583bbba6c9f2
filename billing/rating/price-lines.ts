import type { Dimension, PricedLine } from '../contract/tariff-preview.ts';
import type { Charge } from './charges.ts';
import { type Component, type IdleFee, UNITS_PER_KWH, UNITS_PER_SECOND } from './compile-tariff.ts';
import { Rational } from './rational.ts';
import { missingToStep } from './round-steps.ts';

const HUNDRED = Rational.of(100n);
const ONE = Rational.of(1n);

/** What a quantity of a dimension is counted in, and how many of the smallest units that is. */
export const UNITS: Readonly<Record<Dimension, { readonly unit: PricedLine['unit']; readonly size: bigint }>> = {
  FLAT: { unit: 'session', size: 1n },
  ENERGY: { unit: 'kWh', size: UNITS_PER_KWH },
  SERVICE: { unit: 'kWh', size: UNITS_PER_KWH },
  TIME: { unit: 'h', size: 3600n * UNITS_PER_SECOND },
  PARKING_TIME: { unit: 'h', size: 3600n * UNITS_PER_SECOND },
};

/** Where prices hold their tax, net is not known, and both are what is paid. */
export interface Amounts {
  readonly net: Rational;
  readonly gross: Rational;
}

/** A line that is not rounded: a quantity in the unit of its price, and what it comes to. */
export interface ExactLine {
  readonly component: Component;
  readonly quantity: Rational;
  readonly amounts: Amounts;
  readonly periods: readonly number[];
}

/** One line for each dimension, price and VAT, in the order in which their first period comes; quantities are summed and multiplied once. */
export function linesOf(charges: readonly Charge[], isGross: boolean): ExactLine[] {
  const sums = new Map<string, { component: Component; quantity: bigint; periods: number[] }>();
  for (const { component, quantity, period } of charges) {
    const sum = sums.get(component.key);
    if (sum === undefined) {
      sums.set(component.key, { component, quantity, periods: [period] });
    } else {
      sum.quantity += quantity;
      if (sum.periods.at(-1) !== period) sum.periods.push(period);
    }
  }
  return [...sums.values()].map(({ component, quantity, periods }) =>
    line(component, inUnit(component, quantity), periods, isGross),
  );
}

/** The fee for standing, whole steps and its most included: beyond that no more time is billed. */
export function idleLineOf({ component, most }: IdleFee, charges: readonly Charge[], isGross: boolean): ExactLine {
  const time = charges.reduce((sum, { quantity }) => sum + quantity, missingToStep(charges));
  const { quantity, ...more } = line(
    component,
    inUnit(component, time),
    charges.map(({ period }) => period),
    isGross,
  );
  if (most === undefined || more.amounts.net.compare(most) <= 0) return { quantity, ...more };
  return line(component, most.dividedBy(component.price), more.periods, isGross);
}

function inUnit({ type }: Component, quantity: bigint): Rational {
  return Rational.of(quantity, UNITS[type].size);
}

/** Prices that hold their tax get none added once more. */
function line(component: Component, quantity: Rational, periods: readonly number[], isGross: boolean): ExactLine {
  const { price, vatPercent } = component;
  const net = quantity.times(price);
  const gross = vatPercent === null || isGross ? net : net.times(ONE.plus(vatPercent.dividedBy(HUNDRED)));
  return { component, quantity, amounts: { net, gross }, periods };
}

export function showLine({ component, quantity, amounts, periods }: ExactLine, isGross: boolean): PricedLine {
  return {
    dimension: component.type,
    quantity: quantity.toDecimal(),
    unit: UNITS[component.type].unit,
    price: component.price.toDecimal(),
    vatPercent: component.vatPercent?.toDecimal() ?? null,
    exclVat: isGross ? null : amounts.net.toDecimal(),
    inclVat: amounts.gross.toDecimal(),
    periods,
  };
}

/** What brings the sum of the lines to the least or the most that the tariff allows. */
export function showChange({ net, gross }: Amounts, isGross: boolean): PricedLine {
  return {
    dimension: 'FLAT',
    quantity: '1',
    unit: 'session',
    price: (isGross ? gross : net).toDecimal(),
    vatPercent: null,
    exclVat: isGross ? null : net.toDecimal(),
    inclVat: gross.toDecimal(),
    periods: [],
  };
}
