import type { TransactionReport } from '../contract/station-port.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import type { DecisionBook, TransactionFacts } from './decision-book.ts';
import { keepBill } from './station-bill.ts';

/** Keeps the frame, the samples and the bill of a report about a transaction; what a repeated report brings again changes nothing. */
export function keepReport(
  book: DecisionBook,
  report: TransactionReport,
  prepared: PreparedReadings,
  transaction: TransactionFacts,
): void {
  book.raws.push({ origin: report.origin, transactionId: transaction.id });
  const { receivedAt } = report.origin;
  if (report.bill !== undefined) keepBill(book, transaction, report.bill, receivedAt);
  if (prepared.samples.length === 0) return;
  const { id: ownerId, partitionAt } = transaction;
  book.samples.push({ ownerId, partitionAt, receivedAt, samples: prepared.samples });
  book.registers.set(ownerId, [...(book.registers.get(ownerId) ?? []), ...prepared.registers]);
  if (prepared.sessions.length > 0) {
    book.sessions.set(ownerId, [...(book.sessions.get(ownerId) ?? []), ...prepared.sessions]);
  }
}
