import type { CdrView } from '../contract/cdr.ts';
import { fromMoney, toMoney } from '../money/minor-units.ts';
import { hasVatOf } from '../money/vat.ts';
import { Rational } from '../rating/rational.ts';
import { isAdjustment } from './describe-lines.ts';

/**
 * A record from before settlement looked for the rate, brought to a least or a most with two amounts, before and after VAT, has the VAT of that in a row
 * without a rate. Where all else was charged at one rate, and the VAT is what that rate comes to, it is of that rate: one row, and the rate on the line.
 * Otherwise the record stays as it is, since nobody can say; so do all later ones, which have the rate by the same rule.
 */
export function withLimitAtItsRate(record: CdrView): CdrView {
  const { lines, vat, currency } = record;
  const loose = vat.find(({ percent }) => percent === null);
  const rated = vat.filter(({ percent }) => percent !== null);
  const [only] = rated;
  if (loose === undefined || only === undefined || only.percent === null || rated.length > 1) return record;
  const isUntaxed = lines.some(
    (line) => !isAdjustment(line) && line.vatPercent === null && fromMoney(line.amount) !== 0n,
  );
  if (isUntaxed) return record;
  const net = fromMoney(only.net) + fromMoney(loose.net);
  const tax = fromMoney(only.vat) + fromMoney(loose.vat);
  if (!hasVatOf(Rational.parse(only.percent), net, tax)) return record;
  const { percent } = only;
  return {
    ...record,
    lines: lines.map((line) => (isAdjustment(line) ? { ...line, vatPercent: percent } : line)),
    vat: [{ percent, net: toMoney(net, currency), vat: toMoney(tax, currency) }],
  };
}
