import type { CompiledTariff, PriceLimit } from './compile-tariff.ts';
import type { Amounts } from './price-lines.ts';
import type { Rational } from './rational.ts';

/**
 * Brings a sum to the most and the least that a tariff allows (OCPI mod_tariffs, notes to min_price and max_price): net and gross each by its own
 * limit. Where a limit has one amount only, the other one follows in proportion, so that the share of tax stays as it was; without VAT both are one.
 */
export function clamp(sum: Amounts, { least, most }: CompiledTariff): Amounts {
  const below = limit(sum, most, (amount, bound) => amount.compare(bound) > 0);
  return limit(below, least, (amount, bound) => amount.compare(bound) < 0);
}

function limit(amounts: Amounts, bounds: PriceLimit, breaks: (amount: Rational, bound: Rational) => boolean): Amounts {
  const net = bounds.net !== undefined && breaks(amounts.net, bounds.net) ? bounds.net : amounts.net;
  const gross = bounds.gross !== undefined && breaks(amounts.gross, bounds.gross) ? bounds.gross : amounts.gross;
  if (bounds.gross === undefined) return { net, gross: inProportion(amounts.gross, amounts.net, net) };
  if (bounds.net === undefined) return { net: inProportion(amounts.net, amounts.gross, gross), gross };
  return { net, gross };
}

/** Of nothing there is no share: what is due then has no tax in it. */
function inProportion(amount: Rational, from: Rational, to: Rational): Rational {
  if (from.compare(to) === 0) return amount;
  return from.isZero ? to : amount.times(to).dividedBy(from);
}
