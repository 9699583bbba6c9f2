import type { Uuid } from '@voltpile/kernel/ids';
import type { CdrView } from '../contract/cdr.ts';
import type { InvoiceContent, InvoicedCharge, InvoiceIssuer, InvoiceParty } from '../contract/invoices.ts';
import type { RecordBackground } from './backgrounds.ts';
import { isAdjustment, limitOf, ratesOf } from './describe-lines.ts';
import { withLimitAtItsRate } from './limit-vat.ts';
import { sumRecords } from './sum-records.ts';

const UNKNOWN: RecordBackground = { tariff: null, periods: [] };
/** Enough to tell cards apart, too little to make one. */
const SHOWN_OF_TOKEN = 6;

/**
 * Everything that an invoice prints, as it is now: later changes of names, addresses and tariffs do not touch it.
 *
 * @param given at least one, of one currency, in the order of printing
 * @param backgrounds by record
 * @param creditedNumbers of credit records: the number of the invoice that what they take back is on, where that is another one
 * @throws FailedPrecondition `invoice.record_inconsistent`
 */
export function freezeContent(
  given: readonly CdrView[],
  currency: string,
  parties: { readonly issuer: InvoiceIssuer; readonly customer: InvoiceParty | null },
  backgrounds: ReadonlyMap<Uuid, RecordBackground>,
  creditedNumbers: ReadonlyMap<string, string>,
): InvoiceContent {
  const records = given.map(withLimitAtItsRate);
  const { issuer, customer } = parties;
  const { timeZone, note } = issuer;
  return {
    issuer: { ...freezeParty(issuer), timeZone, note },
    customer: customer === null ? null : freezeParty(customer),
    charges: records.map((record) =>
      freezeCharge(
        record,
        backgrounds.get(record.id) ?? UNKNOWN,
        creditedNumbers.get(record.creditsCdrId ?? '') ?? null,
      ),
    ),
    ...sumRecords(records, currency),
    credits: null,
  };
}

/** Without what else its source knows of it. */
function freezeParty({ name, addressLines, taxId, email, language }: InvoiceParty): InvoiceParty {
  return { name, addressLines, taxId, email, language };
}

function freezeCharge(
  record: CdrView,
  background: RecordBackground,
  creditsInvoiceNumber: string | null,
): InvoicedCharge {
  const limit = limitOf(record, background);
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
    lines: record.lines.map((line) => {
      const { dimension, quantity, unit, price, vatPercent, amount } = line;
      const isLimit = isAdjustment(line);
      return {
        ...{ dimension, quantity, unit, price, vatPercent, amount, isAdjustment: isLimit },
        limit: isLimit ? limit : null,
        rates: ratesOf(line, record.timeZone, background),
      };
    }),
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
