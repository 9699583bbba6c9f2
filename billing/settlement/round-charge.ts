import { roundToMinor } from '../money/minor-units.ts';
import type { PriceLimit } from '../rating/compile-tariff.ts';
import type { Amounts, ExactLine } from '../rating/price-lines.ts';
import type { ExactPrice } from '../rating/price-periods.ts';
import { Rational } from '../rating/rational.ts';

export interface RoundedLine {
  /** null: what brings the sum to the least or the most of the tariff. */
  readonly line: ExactLine | null;
  readonly exact: Rational;
  readonly amountMinor: bigint;
}

export interface RoundedVat {
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

const HUNDRED = Rational.of(100n);

/**
 * Rounds a price to money: each line once, net, or gross where prices hold their tax; VAT once for each rate, on the sum of the rounded nets
 * (EN 16931, BR-CO-17). Least and most of the tariff hold for what is shown, so they are judged once more after the rounding.
 */
export function roundCharge(price: ExactPrice): RoundedCharge {
  const { currency, isGross } = price;
  const lines: RoundedLine[] = price.lines.map((line) => {
    const exact = isGross ? line.amounts.gross : line.amounts.net;
    return { line, exact, amountMinor: roundToMinor(exact, currency) };
  });
  const sum = sumOf(lines);
  if (isGross) {
    const total = bounded(price, 'gross', sum);
    return {
      lines: withChange(lines, price.change?.gross, total - sum),
      vat: [],
      exclVatMinor: null,
      inclVatMinor: total,
      ...partsOf(price, lines),
    };
  }
  const vat = vatOf(lines);
  const grossSum = sum + vat.reduce((all, { vatMinor }) => all + vatMinor, 0n);
  const net = bounded(price, 'net', sum);
  const gross = bounded(price, 'gross', grossSum + (price.change === null ? net - sum : 0n));
  const vatOfChange = gross - net - (grossSum - sum);
  return {
    lines: withChange(lines, price.change?.net, net - sum),
    vat: vatOfChange === 0n ? vat : [...vat, { percent: null, netMinor: net - sum, vatMinor: vatOfChange }],
    exclVatMinor: net,
    inclVatMinor: gross,
    ...partsOf(price, lines),
  };
}

/** Where the tariff's limits have changed the exact sum, that is what counts; otherwise the rounded sum, which may have crossed one by a cent. */
function bounded(price: ExactPrice, side: keyof Amounts & keyof PriceLimit, sumMinor: bigint): bigint {
  const { change, total, least, most, currency } = price;
  if (change !== null && !change[side].isZero) return roundToMinor(total[side], currency);
  const [low, high] = [least[side], most[side]].map((limit) =>
    limit === undefined ? undefined : roundToMinor(limit, currency),
  );
  if (high !== undefined && sumMinor > high) return high;
  return low !== undefined && sumMinor < low ? low : sumMinor;
}

function withChange(
  lines: readonly RoundedLine[],
  exact: Rational | undefined,
  amountMinor: bigint,
): readonly RoundedLine[] {
  const isNothing = amountMinor === 0n && (exact === undefined || exact.isZero);
  return isNothing ? lines : [...lines, { line: null, exact: exact ?? Rational.ZERO, amountMinor }];
}

function vatOf(lines: readonly RoundedLine[]): RoundedVat[] {
  const sums = new Map<string, { percent: Rational; netMinor: bigint }>();
  for (const { line, amountMinor } of lines) {
    const percent = line?.component.vatPercent ?? null;
    if (percent === null) continue;
    const key = percent.toDecimal();
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { percent, netMinor: amountMinor });
    else sum.netMinor += amountMinor;
  }
  return [...sums.values()].map(({ percent, netMinor }) => ({
    percent,
    netMinor,
    vatMinor: BigInt(Rational.of(netMinor).times(percent).dividedBy(HUNDRED).toFixed(0)),
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
