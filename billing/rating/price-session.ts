import type {
  Dimension,
  PreviewSession,
  PreviewTariff,
  PricedLine,
  PricedSession,
} from '../contract/tariff-preview.ts';
import { type Charge, ratePeriods } from './rate-periods.ts';
import { Rational } from './rational.ts';
import { roundSteps } from './round-steps.ts';

const SECONDS_PER_HOUR = Rational.of(3600n);
const HUNDRED = Rational.of(100n);
const ONE = Rational.of(1n);

interface Line {
  readonly dimension: Dimension;
  readonly price: Rational;
  readonly vat: Rational | null;
  quantity: Rational;
  readonly periods: number[];
}

interface Amounts {
  readonly net: Rational;
  readonly gross: Rational;
}

/**
 * What a session costs under a tariff, exactly: quantities are summed for each dimension, price and VAT, and multiplied once. Nothing is rounded to money:
 * that is for the invoice. Where the prices hold the tax already, there are gross amounts only.
 */
export function priceSession(tariff: PreviewTariff, session: PreviewSession): PricedSession {
  const exact = ratePeriods(tariff, session);
  const charges = roundSteps(exact);
  const lines = linesOf(charges);
  const { service_fee_per_kwh: fee } = tariff;
  if (fee !== undefined) lines.push(serviceLine(fee, session, energyOf(charges).minus(energyOf(exact))));
  const isGross = tariff.tax_included === 'YES';
  const priced = lines.map((line) => ({ line, amounts: amountsOf(line, isGross) }));
  const sum = add(priced.map(({ amounts }) => amounts));
  const hasVat = !isGross && lines.some(({ vat }) => vat !== null && !vat.isZero);
  const total = clamp(sum, tariff, hasVat);
  const shown = priced.map(({ line, amounts }) => show(line, amounts, isGross));
  const change = { net: total.net.minus(sum.net), gross: total.gross.minus(sum.gross) };
  if (!change.net.isZero || !change.gross.isZero) shown.push(showChange(change, isGross));
  const grossOf = (dimension: Dimension): string =>
    add(priced.filter(({ line }) => line.dimension === dimension).map(({ amounts }) => amounts)).gross.toDecimal();
  return {
    currency: tariff.currency,
    exclVat: isGross ? null : total.net.toDecimal(),
    inclVat: total.gross.toDecimal(),
    ...(fee === undefined
      ? {}
      : { electricityFee: grossOf('ENERGY'), serviceFee: grossOf('SERVICE'), total: total.gross.toDecimal() }),
    lines: shown,
  };
}

function energyOf(charges: readonly Charge[]): Rational {
  const energy = charges.filter(({ component }) => component.type === 'ENERGY');
  return energy.reduce((sum, { quantity }) => sum.plus(quantity), Rational.ZERO);
}

/** For all energy, whether it has a price of its own or not. @param added by whole steps */
function serviceLine(fee: string, { periods }: PreviewSession, added: Rational): Line {
  const charged = periods.flatMap(({ energy_kwh: energy = '0' }, index) =>
    Rational.parse(energy).isZero ? [] : [{ index, energy: Rational.parse(energy) }],
  );
  return {
    dimension: 'SERVICE',
    price: Rational.parse(fee),
    vat: null,
    quantity: charged.reduce((sum, { energy }) => sum.plus(energy), added),
    periods: charged.map(({ index }) => index),
  };
}

/** In the order in which their first period comes. */
function linesOf(charges: readonly Charge[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { component, quantity, period } of charges) {
    const { type, price, vat } = component;
    const key = [type, Rational.parse(price).toDecimal(), vat == null ? '' : Rational.parse(vat).toDecimal()].join(' ');
    const line = lines.get(key);
    if (line === undefined) {
      lines.set(key, {
        dimension: type,
        price: Rational.parse(price),
        vat: vat == null ? null : Rational.parse(vat),
        quantity,
        periods: [period],
      });
    } else {
      line.quantity = line.quantity.plus(quantity);
      if (!line.periods.includes(period)) line.periods.push(period);
    }
  }
  return [...lines.values()];
}

function isTime(dimension: Dimension): boolean {
  return dimension === 'TIME' || dimension === 'PARKING_TIME';
}

/** In the unit of the price: hours for what is counted in seconds. */
function billedQuantity({ dimension, quantity }: Line): Rational {
  return isTime(dimension) ? quantity.dividedBy(SECONDS_PER_HOUR) : quantity;
}

/** @param isGross prices hold the tax already: it is not added once more */
function amountsOf(line: Line, isGross: boolean): Amounts {
  const net = billedQuantity(line).times(line.price);
  return { net, gross: line.vat === null || isGross ? net : net.times(ONE.plus(line.vat.dividedBy(HUNDRED))) };
}

function add(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce((sum, { net, gross }) => ({ net: sum.net.plus(net), gross: sum.gross.plus(gross) }), {
    net: Rational.ZERO,
    gross: Rational.ZERO,
  });
}

/**
 * Net and gross each by its own limits; a limit that is not given does not count. Without VAT both are one amount, and so are the limits.
 */
function clamp(
  { net, gross }: Amounts,
  { min_price: least, max_price: most }: PreviewTariff,
  hasVat: boolean,
): Amounts {
  const within = (amount: Rational, from: string | undefined, to: string | undefined): Rational => {
    const atMost = to !== undefined && amount.compare(Rational.parse(to)) > 0 ? Rational.parse(to) : amount;
    return from !== undefined && atMost.compare(Rational.parse(from)) < 0 ? Rational.parse(from) : atMost;
  };
  const netOf = (limit: PreviewTariff['min_price']) => limit?.excl_vat;
  const grossOf = (limit: PreviewTariff['min_price']) => limit?.incl_vat;
  const other = (limit: string | undefined) => (hasVat ? undefined : limit);
  return {
    net: within(net, netOf(least) ?? other(grossOf(least)), netOf(most) ?? other(grossOf(most))),
    gross: within(gross, grossOf(least) ?? other(netOf(least)), grossOf(most) ?? other(netOf(most))),
  };
}

function show(line: Line, { net, gross }: Amounts, isGross: boolean): PricedLine {
  return {
    dimension: line.dimension,
    quantity: billedQuantity(line).toDecimal(),
    unit: isTime(line.dimension) ? 'h' : line.dimension === 'FLAT' ? 'session' : 'kWh',
    price: line.price.toDecimal(),
    vatPercent: line.vat === null ? null : line.vat.toDecimal(),
    exclVat: isGross ? null : net.toDecimal(),
    inclVat: gross.toDecimal(),
    periods: line.periods,
  };
}

/** What brings the sum of the lines to the least or the most that the tariff allows. */
function showChange({ net, gross }: Amounts, isGross: boolean): PricedLine {
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
