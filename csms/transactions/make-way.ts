import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';
import { endByLastSample } from './end-transaction.ts';

/**
 * One EVSE runs one transaction. A newer start means that the end of the older one was lost; a start that lies before the running one
 * comes late, and both stay until their ends arrive.
 *
 * @param evseId null and 0: nobody has to make way
 * @param at when the new transaction started
 * @param self the new one, when it is in the book already
 */
export function makeWayAt(
  book: DecisionBook,
  station: StationFacts,
  evseId: number | null,
  at: number,
  flags: Set<string>,
  self?: TransactionFacts,
): void {
  if (evseId === null || evseId === 0) return;
  const running = book
    .transactionsOf(station.id)
    .filter((other) => other !== self && other.evseId === evseId && other.status === 'active');
  for (const other of running) {
    if (other.startedAt <= at) endByLastSample(book, station, other);
    else flags.add('start-overlapping');
  }
}
