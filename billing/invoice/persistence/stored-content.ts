import type { InvoiceContent, InvoicedCharge, InvoicedLine } from '../../contract/invoices.ts';
import { fromMoney } from '../../money/minor-units.ts';
import { limitKind } from '../describe-lines.ts';

/** What was frozen when an invoice was issued, by whichever version did it: older ones knew less of a charge and of its lines. */
export type StoredContent = Omit<InvoiceContent, 'charges'> & { readonly charges: readonly StoredCharge[] };
type StoredCharge = Omit<InvoicedCharge, 'site' | 'lines'> &
  Partial<Pick<InvoicedCharge, 'site'>> & { readonly lines: readonly StoredLine[] };
type StoredLine = Omit<InvoicedLine, 'limit' | 'rates'> & Partial<Pick<InvoicedLine, 'limit' | 'rates'>>;

/** What was not kept is not known; of a least or most the sign tells which of the two it was. */
export function completeContent(content: StoredContent): InvoiceContent {
  const isTurnedRound = content.credits !== null;
  return {
    ...content,
    charges: content.charges.map((charge) => ({
      ...charge,
      site: charge.site ?? null,
      lines: charge.lines.map((line) => ({
        ...line,
        limit: line.limit ?? oldLimit(line, isTurnedRound !== (charge.kind === 'credit')),
        rates: line.rates ?? [],
      })),
    })),
  };
}

function oldLimit({ isAdjustment, amount }: StoredLine, isTakenBack: boolean): InvoicedLine['limit'] {
  return isAdjustment ? { kind: limitKind(fromMoney(amount), isTakenBack), exclVat: null, inclVat: null } : null;
}
