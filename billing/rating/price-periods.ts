import type { Dimension, PricedSession } from '../contract/tariff-preview.ts';
import { chargesOf, idleChargesOf, type SelectedPeriod } from './charges.ts';
import { clamp } from './clamp.ts';
import type { CompiledTariff } from './compile-tariff.ts';
import { limitFinding } from './limit-finding.ts';
import { type Amounts, type ExactLine, idleLineOf, linesOf, showChange, showLine } from './price-lines.ts';
import { Rational } from './rational.ts';
import { roundSteps } from './round-steps.ts';

/** What periods cost, exactly. */
export interface ExactPrice
  extends Pick<CompiledTariff, 'currency' | 'isGross' | 'hasServiceFee' | 'highestVat' | 'least' | 'most'> {
  readonly lines: readonly ExactLine[];
  /** What brings the sum of the lines to the least or the most of the tariff; null where they are within. */
  readonly change: Amounts | null;
  readonly total: Amounts;
}

/** Nothing is rounded to money: that is for the invoice. Where the prices hold the tax already, there are gross amounts only. */
export function pricePeriods(tariff: CompiledTariff, periods: readonly SelectedPeriod[]): ExactPrice {
  const { currency, isGross, hasServiceFee, highestVat, least, most, idleFee } = tariff;
  const lines = linesOf(roundSteps(chargesOf(periods)), isGross);
  const idle = idleChargesOf(tariff, periods);
  if (idleFee !== undefined && idle.length > 0) lines.push(idleLineOf(idleFee, idle, isGross));
  return { currency, isGross, hasServiceFee, highestVat, least, most, lines, ...limited(lines, tariff) };
}

/** What lines come to within limits. */
export function limited(
  lines: readonly ExactLine[],
  limits: Pick<CompiledTariff, 'least' | 'most'>,
): Pick<ExactPrice, 'change' | 'total'> {
  const sum = add(lines);
  const total = clamp(sum, limits);
  const change = { net: total.net.minus(sum.net), gross: total.gross.minus(sum.gross) };
  const isChanged = !change.net.isZero || !change.gross.isZero;
  return { change: isChanged ? change : null, total };
}

/** A price as decimals, in the shape of the preview. */
export function showPrice(price: ExactPrice): PricedSession {
  const { currency, isGross, hasServiceFee, lines, change, total } = price;
  const shown = lines.map((line) => showLine(line, isGross));
  if (change !== null) shown.push(showChange(change, isGross));
  const finding = limitFinding(price);
  const grossOf = (dimension: Dimension): string =>
    add(lines.filter(({ component }) => component.type === dimension)).gross.toDecimal();
  return {
    currency,
    exclVat: isGross ? null : total.net.toDecimal(),
    inclVat: total.gross.toDecimal(),
    ...(hasServiceFee
      ? { electricityFee: grossOf('ENERGY'), serviceFee: grossOf('SERVICE'), total: total.gross.toDecimal() }
      : {}),
    lines: shown,
    ...(finding === undefined ? {} : { findings: [finding] }),
  };
}

function add(lines: readonly ExactLine[]): Amounts {
  const zero = { net: Rational.ZERO, gross: Rational.ZERO };
  return lines.reduce(
    (sum, { amounts }) => ({ net: sum.net.plus(amounts.net), gross: sum.gross.plus(amounts.gross) }),
    zero,
  );
}
