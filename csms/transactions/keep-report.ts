import type { TransactionReport } from '../contract/station-port.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import type { DecisionBook, TransactionFacts } from './decision-book.ts';

/** Keeps the frame and the samples of a report about a transaction; what a repeated report brings again changes nothing. */
export function keepReport(
  book: DecisionBook,
  report: TransactionReport,
  prepared: PreparedReadings,
  transaction: TransactionFacts,
): void {
  book.raws.push({ origin: report.origin, transactionId: transaction.id });
  if (prepared.samples.length === 0) return;
  const { receivedAt } = report.origin;
  const { id: ownerId, partitionAt } = transaction;
  book.samples.push({ ownerId, partitionAt, receivedAt, samples: prepared.samples });
  book.registers.set(ownerId, [...(book.registers.get(ownerId) ?? []), ...prepared.registers]);
}
