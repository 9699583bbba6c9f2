import type { CompiledTariff, PriceLimit } from './compile-tariff.ts';
import type { Amounts } from './price-lines.ts';
import type { Rational } from './rational.ts';

/**
 * Brings a sum to the most and the least that a tariff allows (OCPI mod_tariffs, notes to min_price and max_price): net and gross each by its own
 * limit, and by nothing else. An amount without a limit stays what the lines come to, even where the other one is moved past it.
 *
 * @param sum exact, in the currency of the tariff
 */
export function clamp(sum: Amounts, { least, most }: Pick<CompiledTariff, 'least' | 'most'>): Amounts {
  return {
    net: within(sum.net, least.net, most.net),
    gross: within(sum.gross, least.gross, most.gross),
  };
}

/** The least has the last word; a tariff with less of a most than of a least is not taken. */
function within(amount: Rational, least: PriceLimit['net'], most: PriceLimit['net']): Rational {
  const below = most !== undefined && amount.compare(most) > 0 ? most : amount;
  return least !== undefined && below.compare(least) < 0 ? least : below;
}
