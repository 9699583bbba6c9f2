import { RATES, type Rate } from '../../contract/half-hour-tariff.ts';
import type { InvoicedCharge, InvoicedLimit, InvoicedLine } from '../../contract/invoices.ts';
import { formatDuration, formatPrice, formatQuantity } from './format-values.ts';
import type { Words } from './words.ts';

/** What a line of a charge says, by column; '' where it says nothing. The amount is the column at the right. */
export interface LineCells {
  readonly description: string;
  readonly quantity: string;
  readonly price: string;
  readonly vat: string;
}

/** As they are, but electricity before service where both are told by 尖峰平谷, each from the dearest rate on. */
export function inOrder(lines: readonly InvoicedLine[]): readonly InvoicedLine[] {
  const rankOf = ({ dimension, rates: [first] }: InvoicedLine): number =>
    (dimension === 'ENERGY' ? 0 : RATES.length) + RATES.indexOf(first as Rate);
  const told = lines.filter(({ rates }) => rates.length > 0).toSorted((one, other) => rankOf(one) - rankOf(other));
  return [...told, ...lines.filter(({ rates }) => rates.length === 0)];
}

/** @param places of the currency */
export function cellsOf(line: InvoicedLine, charge: InvoicedCharge, words: Words, places: number): LineCells {
  const { dimension, quantity, unit, price, vatPercent, isAdjustment } = line;
  const { units, hours } = words;
  // Where prices hold their tax, what is not told apart is not nothing.
  const untold = isAdjustment || charge.exclVat === null ? '' : words.noVat;
  const vat = vatPercent === null ? untold : `${formatQuantity(vatPercent)} %`;
  if (isAdjustment) return { description: limitOf(line, charge, words, places), quantity: '', price: '', vat };
  const per = unit === 'session' ? '' : `/${units[unit]}`;
  return {
    description: `${words.dimensions[dimension]}${words.atRates(line.rates)}`,
    quantity: unit === 'h' ? formatDuration(quantity, hours) : `${formatQuantity(quantity)} ${units[unit]}`,
    price: `${formatPrice(price, places)}${per}`,
    vat,
  };
}

function limitOf({ limit }: InvoicedLine, charge: InvoicedCharge, words: Words, places: number): string {
  const { kind, exclVat, inclVat } = limit ?? ({ kind: 'least', exclVat: null, inclVat: null } satisfies InvoicedLimit);
  const [net, gross] = [exclVat, inclVat].map((amount) => (amount === null ? null : formatPrice(amount, places)));
  // Without VAT, or where prices hold it, there is one amount only.
  const isOne = charge.exclVat === null || charge.exclVat.amount === charge.inclVat.amount || net === gross;
  const amounts = isOne ? (gross ?? net ?? '') : words.limitAmounts(net ?? null, gross ?? null);
  return words.limits[kind](amounts);
}
