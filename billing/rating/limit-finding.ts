import type { TariffFinding } from '../contract/tariff-finding.ts';
import type { ExactPrice } from './price-periods.ts';
import { Rational } from './rational.ts';

/**
 * What to tell of a price that has come to less with VAT than before VAT: with rates of VAT from 0 on only limits do that, since each bounds its own
 * amount. undefined where that is not so.
 */
export function limitFinding({ total, change, isGross }: ExactPrice): TariffFinding | undefined {
  if (isGross || change === null || total.net.compare(total.gross) <= 0) return undefined;
  const path = change.net.compare(Rational.ZERO) > 0 ? 'min_price' : 'max_price';
  const message = `It comes to less with VAT (${total.gross.toDecimal()}) than before VAT (${total.net.toDecimal()}): ${path} bounds each amount by itself, as OCPI has it. In what is booked both are one amount, without and with its tax.`;
  return { level: 'warning', kind: 'unclear', path, message };
}
