import type { DecisionBook, TransactionFacts } from './decision-book.ts';

/**
 * Flags an ended transaction of which reports are missing, by the numbers that the station gave them; takes the flag back when they have
 * come. Numbers begin at 0 (OCPP 2.0.1 E01.FR.07), at some stations at 1; a station that gives every report the same number counts
 * nothing, and so nothing can be missed.
 *
 * @param present the number of the report that is being decided about; undefined when there is none
 */
export function noteGaps(book: DecisionBook, transaction: TransactionFacts, present: number | undefined): void {
  const stored = book.eventNumbers.get(transaction.id);
  const numbers = stored === undefined || stored.count === 0 ? undefined : stored;
  if (numbers === undefined && present === undefined) return;
  const isNew = present !== undefined && numbers?.holdsPresent !== true;
  const count = (numbers?.count ?? 0) + (isNew ? 1 : 0);
  const first = Math.min(numbers?.first ?? Number.POSITIVE_INFINITY, present ?? Number.POSITIVE_INFINITY);
  const last = Math.max(numbers?.last ?? Number.NEGATIVE_INFINITY, present ?? Number.NEGATIVE_INFINITY);
  if (last - first + 1 > count || first > 1) transaction.flags.add('reports-missing');
  else transaction.flags.delete('reports-missing');
  book.change(transaction);
}
