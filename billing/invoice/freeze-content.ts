import type { CdrView } from '../contract/cdr.ts';
import type { InvoiceContent, InvoicedCharge, InvoiceIssuer, InvoiceParty } from '../contract/invoices.ts';
import { sumRecords } from './sum-records.ts';

/** Enough to tell cards apart, too little to make one. */
const SHOWN_OF_TOKEN = 6;

/**
 * Everything that an invoice prints, as it is now: later changes of names, addresses and tariffs do not touch it.
 *
 * @param records at least one, of one currency, in the order of printing
 * @param creditedNumbers of credit records: the number of the invoice that what they take back is on, where that is another one
 * @throws FailedPrecondition `invoice.record_inconsistent`
 */
export function freezeContent(
  records: readonly CdrView[],
  currency: string,
  parties: { readonly issuer: InvoiceIssuer; readonly customer: InvoiceParty | null },
  creditedNumbers: ReadonlyMap<string, string>,
): InvoiceContent {
  const { issuer, customer } = parties;
  const { timeZone, note } = issuer;
  return {
    issuer: { ...freezeParty(issuer), timeZone, note },
    customer: customer === null ? null : freezeParty(customer),
    charges: records.map((record) => freezeCharge(record, creditedNumbers.get(record.creditsCdrId ?? '') ?? null)),
    ...sumRecords(records, currency),
    credits: null,
  };
}

/** Without what else its source knows of it. */
function freezeParty({ name, addressLines, taxId, email, language }: InvoiceParty): InvoiceParty {
  return { name, addressLines, taxId, email, language };
}

function freezeCharge(record: CdrView, creditsInvoiceNumber: string | null): InvoicedCharge {
  return {
    cdrId: record.id,
    kind: record.kind,
    site: record.site,
    stationId: record.stationId,
    evseId: record.evseId,
    idToken: record.idToken === null ? null : endOf(record.idToken),
    timeZone: record.timeZone,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    // Given back like the money, whatever the record says.
    energyWh: record.kind === 'credit' && record.energyWh > 0 ? -record.energyWh : record.energyWh,
    tariffName: record.tariff?.name ?? null,
    lines: record.lines.map(({ dimension, quantity, unit, price, vatPercent, amount, periods }) => ({
      dimension,
      quantity,
      unit,
      price,
      vatPercent,
      amount,
      isAdjustment: periods.length === 0,
    })),
    exclVat: record.exclVat,
    inclVat: record.inclVat,
    creditsInvoiceNumber,
    reason: record.reason,
  };
}

function endOf(token: string): string {
  const letters = [...token];
  const shown = Math.min(SHOWN_OF_TOKEN, Math.floor(letters.length / 2));
  return `…${letters.slice(letters.length - shown).join('')}`;
}
