import type { CompiledTariff, PriceLimit } from './compile-tariff.ts';
import type { Amounts } from './price-lines.ts';
import type { Rational } from './rational.ts';

/**
 * Brings a sum to the most and the least that a tariff allows (OCPI mod_tariffs, notes to min_price and max_price): net and gross each by its own
 * limit. One that is not given limits nothing, except that net and gross are one where no tax applies.
 *
 * @param isTaxed whether any VAT applies to what was charged
 */
export function clamp(sum: Amounts, { least, most }: CompiledTariff, isTaxed: boolean): Amounts {
  const below = limit(sum, isTaxed ? most : untaxed(most), (amount, bound) => amount.compare(bound) > 0);
  return limit(below, isTaxed ? least : untaxed(least), (amount, bound) => amount.compare(bound) < 0);
}

function untaxed({ net, gross }: PriceLimit): PriceLimit {
  return { net: net ?? gross, gross: net ?? gross };
}

function limit(amounts: Amounts, bounds: PriceLimit, breaks: (amount: Rational, bound: Rational) => boolean): Amounts {
  return {
    net: bounds.net !== undefined && breaks(amounts.net, bounds.net) ? bounds.net : amounts.net,
    gross: bounds.gross !== undefined && breaks(amounts.gross, bounds.gross) ? bounds.gross : amounts.gross,
  };
}
