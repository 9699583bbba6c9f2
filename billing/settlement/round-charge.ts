import { roundToMinor } from '../money/minor-units.ts';
import { hasVatOf, vatOn } from '../money/vat.ts';
import type { PriceLimit } from '../rating/compile-tariff.ts';
import type { Amounts, ExactLine } from '../rating/price-lines.ts';
import { type ExactPrice, limited } from '../rating/price-periods.ts';
import { Rational } from '../rating/rational.ts';
import { type LimitedPart, limitOfBoth, partsAtLimit, totalOf } from './one-amount-limits.ts';

export interface RoundedLine {
  /** null: what brings the sum to the least or the most of the tariff. */
  readonly line: ExactLine | null;
  /** null: no VAT applies, or, of what brings the sum to limits of both amounts, none that they fit. */
  readonly percent: Rational | null;
  readonly exact: Rational;
  readonly amountMinor: bigint;
}

export interface RoundedVat {
  /** null: of what brings the sum to limits of both amounts that fit no one rate. */
  readonly percent: Rational | null;
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
}

/** A price in minor units: the total is the sum of what is shown. */
export interface RoundedCharge {
  readonly lines: readonly RoundedLine[];
  readonly vat: readonly RoundedVat[];
  /** null where prices hold their tax. */
  readonly exclVatMinor: bigint | null;
  readonly inclVatMinor: bigint;
  /** Where service is told apart from electricity. */
  readonly electricityMinor: bigint | null;
  readonly serviceMinor: bigint | null;
}

/**
 * Rounds a price to money: each line once, net, or gross where prices hold their tax; VAT once for each rate, on the sum of the rounded nets
 * (EN 16931, BR-CO-17). Least and most of the tariff hold for what is shown, so they are judged once more after the rounding.
 *
 * A limit of one amount moves the other one with it, by the VAT of what is charged ({@link partsAtLimit}): net and gross of a record are one amount
 * without and with its tax. A preview leaves the other one as it is, as OCPI has it; that is a calculation, and nobody owes it.
 *
 * Limits of both amounts are both kept. Where all is charged at one rate, and they fit it, what brings the sum there is of that rate, too
 * ({@link rateAtLimit}); otherwise it is a line and a row of VAT without a rate.
 */
export function roundCharge(exactPrice: ExactPrice): RoundedCharge {
  const { currency, isGross } = exactPrice;
  const lines: RoundedLine[] = exactPrice.lines.map((line) => {
    const exact = isGross ? line.amounts.gross : line.amounts.net;
    return { line, percent: line.component.vatPercent, exact, amountMinor: roundToMinor(exact, currency) };
  });
  const sum = sumOf(lines);
  if (isGross) {
    const total = bounded(exactPrice, 'gross', sum);
    return {
      lines: withChange(lines, exactPrice.change?.gross, total - sum),
      vat: [],
      exclVatMinor: null,
      inclVatMinor: total,
      ...partsOf(exactPrice, lines),
    };
  }
  const vat = vatOf(lines);
  const grossSum = sum + vat.reduce((all, { vatMinor }) => all + vatMinor, 0n);
  const atLimit = partsAtLimit(exactPrice, { net: sum, gross: grossSum });
  if (atLimit !== undefined) return { ...broughtTo(atLimit, lines), ...partsOf(exactPrice, lines) };
  const price = withLimitsOfBoth(exactPrice);
  const net = bounded(price, 'net', sum);
  const gross = bounded(price, 'gross', grossSum + (price.change === null ? net - sum : 0n));
  const vatOfChange = gross - net - (grossSum - sum);
  const isChanged = price.change !== null || net !== sum || gross !== grossSum;
  const percent = isChanged ? rateAtLimit(price, lines, { net, gross }) : null;
  const apart = vatOfChange === 0n ? vat : [...vat, { percent: null, netMinor: net - sum, vatMinor: vatOfChange }];
  return {
    lines: withChange(lines, price.change?.net, net - sum, percent),
    vat: percent === null ? apart : [{ percent, netMinor: net, vatMinor: gross - net }],
    exclVatMinor: net,
    inclVatMinor: gross,
    ...partsOf(price, lines),
  };
}

function broughtTo(
  parts: readonly LimitedPart[],
  lines: readonly RoundedLine[],
): Pick<RoundedCharge, 'lines' | 'vat' | 'exclVatMinor' | 'inclVatMinor'> {
  const changes = parts.flatMap(({ percent, exactChange: exact, netMinor }) => {
    const own = lines.filter((line) => isSameRate(line.percent, percent));
    const amountMinor = netMinor - sumOf(own);
    return amountMinor === 0n && exact.isZero ? [] : [{ line: null, percent, exact, amountMinor }];
  });
  const { net, gross } = totalOf(parts);
  return {
    lines: [...lines, ...changes],
    vat: parts.filter(({ percent }) => percent !== null),
    exclVatMinor: net,
    inclVatMinor: gross,
  };
}

/**
 * The rate of VAT at which all is charged, where the amounts to which limits have brought it fit that rate. Where nothing is charged: the highest of the
 * tariff, or else one of the prices that came to nothing. null where rates are several, something has none, or the amounts say another VAT.
 *
 * @param total in minor units
 */
function rateAtLimit(
  { highestVat }: ExactPrice,
  lines: readonly RoundedLine[],
  { net, gross }: Record<keyof Amounts, bigint>,
): Rational | null {
  const charged = lines.filter(({ amountMinor }) => amountMinor !== 0n).map(({ percent }) => percent);
  const [first = null] = charged;
  if (!charged.every((percent) => isSameRate(percent, first))) return null;
  const possible = charged.length > 0 ? [first] : [highestVat, ...lines.map(({ percent }) => percent)];
  return possible.find((percent) => percent !== null && hasVatOf(percent, net, gross - net)) ?? null;
}

function isSameRate(one: Rational | null, other: Rational | null): boolean {
  return one === null || other === null ? one === other : one.compare(other) === 0;
}

/** The price as it is without limits of one amount: here they were not crossed. */
function withLimitsOfBoth(price: ExactPrice): ExactPrice {
  const [least, most] = [limitOfBoth(price.least), limitOfBoth(price.most)];
  return { ...price, least, most, ...limited(price.lines, { least, most }) };
}

/** Where the tariff's limits have changed the exact sum, that is what counts; otherwise the rounded sum, which may have crossed one by a cent. */
function bounded(price: ExactPrice, side: keyof Amounts & keyof PriceLimit, sumMinor: bigint): bigint {
  const { change, total, least, most, currency } = price;
  if (change !== null && !change[side].isZero) return roundToMinor(total[side], currency);
  const [low, high] = [least[side], most[side]].map((limit) =>
    limit === undefined ? undefined : roundToMinor(limit, currency),
  );
  const below = high !== undefined && sumMinor > high ? high : sumMinor;
  return low !== undefined && below < low ? low : below;
}

function withChange(
  lines: readonly RoundedLine[],
  exact: Rational | undefined,
  amountMinor: bigint,
  percent: Rational | null = null,
): readonly RoundedLine[] {
  const isNothing = amountMinor === 0n && (exact === undefined || exact.isZero);
  return isNothing ? lines : [...lines, { line: null, percent, exact: exact ?? Rational.ZERO, amountMinor }];
}

function vatOf(lines: readonly RoundedLine[]): RoundedVat[] {
  const sums = new Map<string, { percent: Rational; netMinor: bigint }>();
  for (const { percent, amountMinor } of lines) {
    if (percent === null) continue;
    const key = percent.toDecimal();
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { percent, netMinor: amountMinor });
    else sum.netMinor += amountMinor;
  }
  return [...sums.values()].map(({ percent, netMinor }) => ({
    percent,
    netMinor,
    vatMinor: vatOn(netMinor, percent),
  }));
}

function partsOf(
  price: ExactPrice,
  lines: readonly RoundedLine[],
): Pick<RoundedCharge, 'electricityMinor' | 'serviceMinor'> {
  if (!price.hasServiceFee) return { electricityMinor: null, serviceMinor: null };
  const part = (type: 'ENERGY' | 'SERVICE'): bigint => {
    const own = lines.filter(({ line }) => line?.component.type === type);
    const vat = price.isGross ? [] : vatOf(own);
    return sumOf(own) + vat.reduce((all, { vatMinor }) => all + vatMinor, 0n);
  };
  return { electricityMinor: part('ENERGY'), serviceMinor: part('SERVICE') };
}

function sumOf(lines: readonly RoundedLine[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}
