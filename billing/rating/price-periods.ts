import type { Dimension, PricedSession } from '../contract/tariff-preview.ts';
import { chargesOf, idleChargesOf, type SelectedPeriod } from './charges.ts';
import { clamp } from './clamp.ts';
import type { CompiledTariff } from './compile-tariff.ts';
import { type Amounts, type ExactLine, idleLineOf, linesOf, showChange, showLine } from './price-lines.ts';
import { Rational } from './rational.ts';
import { roundSteps } from './round-steps.ts';

/**
 * What periods cost, exactly. Nothing is rounded to money: that is for the invoice. Where the prices hold the tax already, there are gross amounts only.
 */
export function pricePeriods(tariff: CompiledTariff, periods: readonly SelectedPeriod[]): PricedSession {
  const { isGross, idleFee } = tariff;
  const lines = linesOf(roundSteps(chargesOf(periods)), isGross);
  const idle = idleChargesOf(tariff, periods);
  if (idleFee !== undefined && idle.length > 0) lines.push(idleLineOf(idleFee, idle, isGross));
  const sum = add(lines);
  const total = clamp(sum, tariff);
  const shown = lines.map((line) => showLine(line, isGross));
  const change = { net: total.net.minus(sum.net), gross: total.gross.minus(sum.gross) };
  if (!change.net.isZero || !change.gross.isZero) shown.push(showChange(change, isGross));
  const grossOf = (dimension: Dimension): string =>
    add(lines.filter(({ component }) => component.type === dimension)).gross.toDecimal();
  return {
    currency: tariff.currency,
    exclVat: isGross ? null : total.net.toDecimal(),
    inclVat: total.gross.toDecimal(),
    ...(tariff.hasServiceFee
      ? { electricityFee: grossOf('ENERGY'), serviceFee: grossOf('SERVICE'), total: total.gross.toDecimal() }
      : {}),
    lines: shown,
  };
}

function add(lines: readonly ExactLine[]): Amounts {
  const zero = { net: Rational.ZERO, gross: Rational.ZERO };
  return lines.reduce(
    (sum, { amounts }) => ({ net: sum.net.plus(amounts.net), gross: sum.gross.plus(amounts.gross) }),
    zero,
  );
}
