import type { CdrView } from '../contract/cdr.ts';
import { fromMoney, toMoney } from '../money/minor-units.ts';
import { Rational } from '../rating/rational.ts';
import { isAdjustment } from './describe-lines.ts';

const HUNDRED = Rational.of(100n);
/** Net and VAT of a record are rounded by themselves. */
const TOLERATED_MINOR = 1n;

/**
 * A record that was brought to a least or a most with two amounts, before and after VAT, has the VAT of that in a row without a rate. Where all else was
 * charged at one rate, and the VAT is what that rate comes to, it is of that rate: one row, and the rate on the line. Otherwise the record stays as
 * it is, since nobody can say.
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
  const expected = BigInt(Rational.of(net).times(Rational.parse(only.percent)).dividedBy(HUNDRED).toFixed(0));
  const difference = tax > expected ? tax - expected : expected - tax;
  if (difference > TOLERATED_MINOR) return record;
  const { percent } = only;
  return {
    ...record,
    lines: lines.map((line) => (isAdjustment(line) ? { ...line, vatPercent: percent } : line)),
    vat: [{ percent, net: toMoney(net, currency), vat: toMoney(tax, currency) }],
  };
}
