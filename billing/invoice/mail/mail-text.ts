import type { InvoiceLanguage, InvoiceView } from '../../contract/invoices.ts';

/** What stands in the mail itself; the invoice is attached. */
export function mailText(
  invoice: InvoiceView,
  issuerName: string,
  language: InvoiceLanguage,
): { readonly subject: string; readonly text: string } {
  const isNote = invoice.kind === 'credit-note';
  const total = `${invoice.inclVat.currency} ${invoice.inclVat.amount}`;
  if (language === 'zh') {
    const what = isNote ? '冲销账单' : '充电账单';
    return {
      subject: `${issuerName} ${what} ${invoice.number}`,
      text: `您好：\n\n附件为您的${what} ${invoice.number}，金额 ${total}。\n\n${issuerName}\n`,
    };
  }
  const what = isNote ? 'Credit note' : 'Invoice';
  return {
    subject: `${what} ${invoice.number} from ${issuerName}`,
    text: `Hello,\n\nattached is ${what.toLowerCase()} ${invoice.number} for your charging, total ${total}.\n\n${issuerName}\n`,
  };
}
