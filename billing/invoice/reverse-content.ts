import type { InvoiceContent } from '../contract/invoices.ts';
import type { Money } from '../contract/money.ts';

/**
 * What a credit note prints that takes a whole invoice back: the same with all quantities and amounts turned round, so that quantity times price is
 * still the amount, and nothing is rounded anew. Issuer and customer are those of the invoice.
 */
export function reverseContent(
  content: InvoiceContent,
  invoice: { readonly number: string; readonly issuedAt: string },
  reason: string,
): InvoiceContent {
  return {
    ...content,
    charges: content.charges.map((charge) => ({
      ...charge,
      energyWh: charge.energyWh === 0 ? 0 : -charge.energyWh,
      lines: charge.lines.map((line) => ({ ...line, quantity: negate(line.quantity), amount: negative(line.amount) })),
      exclVat: nullable(charge.exclVat),
      inclVat: negative(charge.inclVat),
    })),
    vat: content.vat.map(({ percent, net, vat }) => ({ percent, net: negative(net), vat: negative(vat) })),
    exclVat: nullable(content.exclVat),
    inclVat: negative(content.inclVat),
    electricityFee: nullable(content.electricityFee),
    serviceFee: nullable(content.serviceFee),
    credits: { number: invoice.number, issuedAt: invoice.issuedAt, reason },
  };
}

function nullable(money: Money | null): Money | null {
  return money === null ? null : negative(money);
}

function negative({ amount, currency }: Money): Money {
  return { amount: negate(amount), currency };
}

/** Of a plain decimal; nothing stays nothing. */
function negate(decimal: string): string {
  if (decimal.startsWith('-')) return decimal.slice(1);
  return /[1-9]/.test(decimal) ? `-${decimal}` : decimal;
}
