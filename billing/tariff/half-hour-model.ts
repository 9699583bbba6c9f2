import { type HalfHourModel, RATES, type Rate } from '../contract/half-hour-tariff.ts';
import type { Tariff } from '../contract/tariff.ts';
import { isHalfHourTariff, type TariffContent } from '../contract/tariff-content.ts';
import { Rational } from '../rating/rational.ts';
import { fromTariff, type HalfHourRates, type Unfit } from './half-hour-rates.ts';
import { allRates } from './ocpi-form.ts';

/** Digits before the point that 云快充 has room for. */
const MOST_DIGITS = 4;

/**
 * A tariff as piles of 云快充 take it. What was entered as half-hour rates keeps its rates; a tariff of OCPI's model is tried. A fee for standing is
 * left out: piles count energy only, and that fee is charged by us.
 *
 * @returns `unfit`, and why, where piles cannot be told what energy costs: they need another tariff then
 */
export function readHalfHourModel(
  content: TariffContent,
): { readonly kind: 'model'; readonly model: HalfHourModel } | Unfit {
  if (isHalfHourTariff(content)) {
    const slots = [...content.slots].map(Number);
    return { kind: 'model', model: modelOf({ currency: content.currency, ...allRates(content.rates, slots), slots }) };
  }
  const problem = whyPilesWouldMislead(content);
  if (problem !== undefined) return { kind: 'unfit', problem };
  const read = fromTariff({ ...content, idle_fee: undefined });
  return read.kind === 'unfit' ? read : { kind: 'model', model: modelOf(read.rates) };
}

/** Piles show a driver the sum of their prices, so tax must be in them. */
function whyPilesWouldMislead({ elements, tax_included: tax, service_fee_per_kwh: fee }: Tariff): string | undefined {
  for (const [at, { price_components: components, service_fee_per_kwh: own }] of elements.entries()) {
    const taxed = components.find(({ vat }) => vat !== undefined && !Rational.parse(vat).isZero);
    if (taxed !== undefined && tax !== 'YES' && tax !== 'N/A') {
      return `element ${at + 1} adds VAT of ${taxed.vat} %; piles know prices with their tax only`;
    }
    const long = [...components.map(({ price }) => price), own, fee].find(isTooLong);
    if (long !== undefined) return `element ${at + 1} has a price that piles have no room for (${long})`;
  }
  return undefined;
}

function isTooLong(price: string | undefined): boolean {
  const [whole = '', places = ''] = price === undefined ? [] : plain(price).split('.');
  return whole.length > MOST_DIGITS || places.length > 5;
}

function modelOf({ currency, slots, ...rates }: HalfHourRates): HalfHourModel {
  const pricesOf = (name: Rate) => {
    const { electricity, service } = rates[name];
    return { electricity: plain(electricity), service: plain(service) };
  };
  const [sharp, peak, flat, valley] = RATES.map(pricesOf) as [Prices, Prices, Prices, Prices];
  return { currency, rates: { sharp, peak, flat, valley }, slots: slots.join('') };
}

type Prices = HalfHourModel['rates'][Rate];

/** Without zeros that say nothing. */
function plain(price: string): string {
  return Rational.parse(price).toDecimal();
}
