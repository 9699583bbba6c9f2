import type { Tariff } from '../contract/tariff.ts';
import type { TariffFinding } from '../contract/tariff-finding.ts';
import { roundToMinor, toMoney } from '../money/minor-units.ts';
import { vatOn } from '../money/vat.ts';
import type { CompiledTariff } from '../rating/compile-tariff.ts';
import { Rational } from '../rating/rational.ts';

/** What `min_price` and `max_price` can never mean together. */
export function* contradictions(tariff: Tariff, compiled: CompiledTariff): Generator<TariffFinding> {
  const contradiction = contradictionOf(tariff, compiled);
  if (contradiction === undefined) return;
  const message = `must not be more than max_price (${contradiction})`;
  yield { level: 'mistake', kind: 'contradictory', path: 'min_price', message };
}

/** What each of `min_price` and `max_price` does that may not be meant. */
export function* limitWarnings(tariff: Tariff, compiled: CompiledTariff): Generator<TariffFinding> {
  for (const path of ['min_price', 'max_price'] as const) {
    const message = oddityOf(path, tariff, compiled);
    if (message !== undefined) yield { level: 'warning', kind: 'unclear', path, message };
  }
}

function oddityOf(path: 'min_price' | 'max_price', tariff: Tariff, compiled: CompiledTariff): string | undefined {
  const given = tariff[path];
  const { net, gross } = path === 'min_price' ? compiled.least : compiled.most;
  if (compiled.isGross && given?.excl_vat !== undefined && given.incl_vat === undefined)
    return `${path} has no effect: prices hold their tax, and what they come to before tax is not known. Give incl_vat (after_taxes).`;
  if ((net === undefined) !== (gross === undefined)) {
    const [bounded, free] = gross === undefined ? ['before VAT', 'with VAT'] : ['with VAT', 'before VAT'];
    // A least lifts the amount before VAT above the other one, a most presses the one with VAT below it.
    const isCrossing = (path === 'min_price') === (gross === undefined);
    const crossing = isCrossing ? ', and can show less with VAT than before VAT' : '';
    return `${path} bounds the amount ${bounded} only: a preview leaves the one ${free} as it is, as OCPI has it${crossing}; in what is booked it follows by its VAT. Give both.`;
  }
  if (net !== undefined && gross !== undefined && gross.compare(net) < 0)
    return `${path} is less with VAT than before VAT, and a preview can show that: in what is booked only the amount with VAT counts.`;
  return undefined;
}

/**
 * Why no charge can keep both to the least and to the most where all of it has one of the rates of the tariff. What they say of the same amount was
 * compared before. Where each says both amounts, each bounds its own, and nothing is to be compared across them but what no rate of VAT can bring about.
 */
function contradictionOf({ min_price, max_price, currency }: Tariff, compiled: CompiledTariff): string | undefined {
  const [leastNet, leastGross] = [parsed(min_price?.excl_vat), parsed(min_price?.incl_vat)];
  const [mostNet, mostGross] = [parsed(max_price?.excl_vat), parsed(max_price?.incl_vat)];
  if (leastNet !== undefined && mostGross !== undefined && leastNet.compare(mostGross) > 0)
    return `${leastNet.toDecimal()} before VAT is more than ${mostGross.toDecimal()} with VAT`;
  const isEachBoth = leastNet !== undefined && leastGross !== undefined && mostNet !== undefined;
  // Prices that hold their tax are bounded by what is said of the amount with VAT, and by nothing else.
  if (compiled.isGross || (isEachBoth && mostGross !== undefined)) return undefined;
  const minorOf = (amount: Rational): bigint => roundToMinor(amount, currency);
  for (const rate of ratesOf(compiled)) {
    const withVat = (net: Rational): bigint => minorOf(net) + vatOn(minorOf(net), rate);
    const told = (net: Rational): string =>
      `${net.toDecimal()} before VAT, which is ${toMoney(withVat(net), currency).amount} at ${rate.toDecimal()} % VAT`;
    if (leastNet !== undefined && mostGross !== undefined && withVat(leastNet) > minorOf(mostGross))
      return `${told(leastNet)}, is more than ${mostGross.toDecimal()} with VAT`;
    if (leastGross !== undefined && mostNet !== undefined && minorOf(leastGross) > withVat(mostNet))
      return `${leastGross.toDecimal()} with VAT is more than ${told(mostNet)}`;
  }
  return undefined;
}

/** At which a charge can be as a whole: of all that costs something, and the highest, which a least has where nothing was charged. */
function ratesOf({ elements, serviceFee, idleFee, highestVat }: CompiledTariff): Iterable<Rational> {
  const priced = [...elements.flatMap(({ components }) => components), serviceFee, idleFee?.component]
    .filter((component) => component !== undefined)
    .filter(({ price }) => !price.isZero)
    .map(({ vatPercent }) => vatPercent);
  const rates = [highestVat, ...priced].map((percent) => percent ?? Rational.ZERO);
  return new Map(rates.map((rate) => [rate.toDecimal(), rate])).values();
}

function parsed(amount: string | undefined): Rational | undefined {
  return amount === undefined ? undefined : Rational.parse(amount);
}
