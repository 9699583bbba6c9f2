import { roundToMinor } from '../money/minor-units.ts';
import type { PriceLimit } from '../rating/compile-tariff.ts';
import type { Amounts, ExactLine } from '../rating/price-lines.ts';
import type { ExactPrice } from '../rating/price-periods.ts';
import { Rational } from '../rating/rational.ts';

/** The least or the most of a tariff that says it for one of the two amounts. */
interface OneAmountLimit {
  readonly side: keyof Amounts;
  readonly amount: Rational;
}

/** What is charged at one rate of VAT, brought to a limit. */
export interface LimitedPart {
  /** null: no VAT applies. */
  readonly percent: Rational | null;
  /** What brings the net amount there, before the rounding. */
  readonly exactChange: Rational;
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
}

const HUNDRED = Rational.of(100n);
const ONE = Rational.of(1n);

/**
 * What a charge comes to at each rate of VAT, brought to the limit of one amount that it has crossed before or after the rounding. Where a least and a
 * most leave nothing between them, the least has the last word. undefined where none is crossed: what is said of both amounts bounds each by its own.
 *
 * @param rounded what the rounded lines come to, in minor units
 */
export function partsAtLimit(price: ExactPrice, rounded: Record<keyof Amounts, bigint>): LimitedPart[] | undefined {
  const { least, most, currency } = price;
  const exact = sumOf(price.lines.map(({ amounts }) => amounts));
  const minorOf = (limit: OneAmountLimit): bigint => roundToMinor(limit.amount, currency);
  const [low, high] = [oneAmountOf(least), oneAmountOf(most)];
  if (low !== undefined && (exact[low.side].compare(low.amount) < 0 || rounded[low.side] < minorOf(low)))
    return limitedParts(price, low);
  if (high === undefined || (exact[high.side].compare(high.amount) <= 0 && rounded[high.side] <= minorOf(high)))
    return undefined;
  const parts = limitedParts(price, high);
  return low !== undefined && totalOf(parts)[low.side] < minorOf(low) ? limitedParts(price, low) : parts;
}

/** In minor units. */
export function totalOf(parts: readonly LimitedPart[]): Record<keyof Amounts, bigint> {
  const net = parts.reduce((sum, { netMinor }) => sum + netMinor, 0n);
  return { net, gross: parts.reduce((sum, { vatMinor }) => sum + vatMinor, net) };
}

/** The limit without what it says of one amount only. */
export function limitOfBoth(limit: PriceLimit): PriceLimit {
  return oneAmountOf(limit) === undefined ? limit : { net: undefined, gross: undefined };
}

/** A least or most with VAT that is below the one before it cannot be meant: what is paid counts. */
function oneAmountOf({ net, gross }: PriceLimit): OneAmountLimit | undefined {
  if (gross !== undefined && (net === undefined || gross.compare(net) < 0)) return { side: 'gross', amount: gross };
  return net === undefined || gross !== undefined ? undefined : { side: 'net', amount: net };
}

/**
 * Brings a charge to a limit of one amount: each rate of VAT takes its share of it, and keeps its rate, so that the other amount follows. Where nothing
 * is charged there are no shares: then all of it has the highest rate of the tariff.
 */
function limitedParts({ lines, currency, highestVat }: ExactPrice, { side, amount }: OneAmountLimit): LimitedPart[] {
  const byRate = Map.groupBy(lines, ({ component }) => component.vatPercent?.toDecimal() ?? null);
  const charged = [...byRate.values()]
    .map((own) => ({
      percent: own[0]?.component.vatPercent ?? null,
      amounts: sumOf(own.map((line) => line.amounts)),
    }))
    .filter(({ amounts }) => !amounts.net.isZero);
  const nothing = { percent: highestVat, amounts: { net: Rational.ZERO, gross: Rational.ZERO } };
  const parts = charged.length > 0 ? charged : [nothing];
  const whole = charged.length > 0 ? sumOf(charged.map(({ amounts }) => amounts))[side] : ONE;
  let [sharedExact, sharedMinor] = [Rational.ZERO, 0n];
  return parts.map(({ percent, amounts }) => {
    const weight = charged.length > 0 ? amounts[side] : ONE;
    const share = amount.times(weight).dividedBy(whole);
    // Rounded as sums, so that the shares come to the limit.
    sharedExact = sharedExact.plus(share);
    const upToHere = roundToMinor(sharedExact, currency);
    const shareMinor = upToHere - sharedMinor;
    sharedMinor = upToHere;
    const rate = (percent ?? Rational.ZERO).dividedBy(HUNDRED);
    if (side === 'net') {
      const vatMinor = timesMinor(shareMinor, rate);
      return { percent, exactChange: share.minus(amounts.net), netMinor: shareMinor, vatMinor };
    }
    const toNet = ONE.dividedBy(ONE.plus(rate));
    const netMinor = timesMinor(shareMinor, toNet);
    const exactChange = share.times(toNet).minus(amounts.net);
    return { percent, exactChange, netMinor, vatMinor: shareMinor - netMinor };
  });
}

/** Rounded half away from zero. */
function timesMinor(minor: bigint, factor: Rational): bigint {
  return BigInt(Rational.of(minor).times(factor).toFixed(0));
}

function sumOf(amounts: readonly ExactLine['amounts'][]): Amounts {
  return amounts.reduce((sum, { net, gross }) => ({ net: sum.net.plus(net), gross: sum.gross.plus(gross) }), {
    net: Rational.ZERO,
    gross: Rational.ZERO,
  });
}
