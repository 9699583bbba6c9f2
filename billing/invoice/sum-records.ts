import { defineError } from '@voltpile/kernel/errors';
import type { CdrVat, CdrView } from '../contract/cdr.ts';
import type { InvoiceContent } from '../contract/invoices.ts';
import type { Money } from '../contract/money.ts';
import { fromMoney, toMoney } from '../money/minor-units.ts';
import { Rational } from '../rating/rational.ts';

export const recordInconsistent = defineError(
  'invoice.record_inconsistent',
  'FailedPrecondition',
  'The lines and the VAT of record {cdrId} do not sum up to its total.',
);

type Sums = Pick<InvoiceContent, 'vat' | 'exclVat' | 'inclVat' | 'electricityFee' | 'serviceFee'>;

/**
 * What several records come to. VAT of a rate is the sum of the records' VAT, and is not worked out again on the sum of their nets: each record's VAT
 * was rounded when it was charged, taken from the wallet and posted to the ledger, and an invoice that differs from these by some cents would
 * ask for money that nobody owes. EN 16931 sees one supply for each record, and the total is the sum of what is shown.
 *
 * @param records at least one, of one currency
 * @throws FailedPrecondition `invoice.record_inconsistent`
 */
export function sumRecords(records: readonly CdrView[], currency: string): Sums {
  for (const record of records) checkRecord(record);
  const sum = (amounts: readonly (Money | null)[]): Money =>
    toMoney(
      amounts.reduce((total, money) => total + (money === null ? 0n : fromMoney(money)), 0n),
      currency,
    );
  const sumOfSome = (amounts: readonly (Money | null)[]): Money | null =>
    amounts.every((money) => money === null) ? null : sum(amounts);
  return {
    vat: sumVat(
      records.flatMap(({ vat }) => vat),
      sum,
    ),
    exclVat: records.some(({ exclVat }) => exclVat === null) ? null : sum(records.map(({ exclVat }) => exclVat)),
    inclVat: sum(records.map(({ inclVat }) => inclVat)),
    electricityFee: sumOfSome(records.map(({ electricityFee }) => electricityFee)),
    serviceFee: sumOfSome(records.map(({ serviceFee }) => serviceFee)),
  };
}

function sumVat(all: readonly CdrVat[], sum: (amounts: readonly Money[]) => Money): CdrVat[] {
  // 19 and 19.0 are one rate.
  const byRate = Map.groupBy(all, ({ percent }) => (percent === null ? null : Rational.parse(percent).toDecimal()));
  return [...byRate]
    .map(([percent, rows]) => ({
      percent,
      net: sum(rows.map(({ net }) => net)),
      vat: sum(rows.map(({ vat }) => vat)),
    }))
    .toSorted((one, other) => {
      if (one.percent === null || other.percent === null) return one.percent === null ? 1 : -1;
      return Rational.parse(other.percent).compare(Rational.parse(one.percent));
    });
}

/** What is printed must add up for whoever reads it with a pencil. */
function checkRecord({ id, lines, vat, exclVat, inclVat }: CdrView): void {
  const total = (amounts: readonly Money[]) => amounts.reduce((sum, money) => sum + fromMoney(money), 0n);
  const ofLines = total(lines.map(({ amount }) => amount));
  const ofVat = total(vat.map((row) => row.vat));
  const isNetRight = exclVat === null ? vat.length === 0 : fromMoney(exclVat) === ofLines;
  if (!isNetRight || ofLines + ofVat !== fromMoney(inclVat)) throw recordInconsistent({ cdrId: id });
}
