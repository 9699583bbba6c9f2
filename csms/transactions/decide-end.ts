import type { TransactionDecision, TransactionReport } from '../contract/station-port.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';
import { effectiveTime } from './effective-time.ts';
import { endTransaction, moveEstimatedEnd, settleEnergy, settleHolds } from './end-transaction.ts';
import { noteGaps } from './event-gaps.ts';
import { stopKey } from './idempotency-keys.ts';
import { keepReport } from './keep-report.ts';
import { newTransaction } from './new-transaction.ts';
import { readRegister } from './registers.ts';
import { stoppingTokenInfo } from './stopping-token.ts';

/**
 * A station has ended a transaction. The report is always accepted, also for a number that we never gave: an error would make the station
 * repeat it for ever.
 */
export function decideEnd(
  book: DecisionBook,
  station: StationFacts,
  report: TransactionReport,
  prepared: PreparedReadings,
): TransactionDecision {
  const key = stopKey(report);
  const known = book.transactionsOf(station.id);
  const transaction =
    known.find((each) => each.origin === 'reported' && each.stationTransactionId === report.stationTransactionId) ??
    known.find((each) => each.origin === 'orphan' && each.stopKey === key) ??
    orphan(book, station, report, key);
  keepReport(book, report, prepared, transaction);

  if (transaction.status === 'ended' && !transaction.endEstimated) {
    if (transaction.stopKey !== key) flag(book, transaction, 'stop-conflict');
    if (report.bill !== undefined) settleEnergy(book, transaction);
    return answer(book, station, report, transaction);
  }

  const { origin } = report;
  const ended = effectiveTime(report.timestamp.at, origin.receivedAt, origin.clockOffsetMs);
  const register = readRegister(report.meterWh);
  for (const each of [...ended.flags, ...prepared.flags]) transaction.flags.add(each);
  if (register.unreadable) transaction.flags.add('meter-unreadable');
  if ((origin.oddities?.length ?? 0) > 0) transaction.flags.add('schema-violation');
  endTransaction(book, station, transaction, {
    at: ended.at,
    meterStopMilliWh: register.milliWh,
    stopReason: report.stopReason ?? null,
    stopKey: key,
    stopIdToken: report.idToken?.value ?? null,
    estimated: false,
  });
  return answer(book, station, report, transaction);
}

/** Something was learnt about a transaction after the fact: samples that came late, once more, are odd, or contradict others. */
export function reassess(book: DecisionBook, transaction: TransactionFacts, flags: readonly string[]): void {
  for (const each of flags) flag(book, transaction, each);
  if (transaction.status !== 'ended') return;
  noteGaps(book, transaction, undefined);
  if (transaction.endEstimated) moveEstimatedEnd(book, transaction);
  settleEnergy(book, transaction);
}

function flag(book: DecisionBook, transaction: TransactionFacts, name: string): void {
  if (transaction.flags.has(name)) return;
  transaction.flags.add(name);
  settleHolds(book, transaction);
  book.change(transaction);
}

/** A transaction that exists only by its end. Held: nobody knows what it delivered. */
function orphan(book: DecisionBook, station: StationFacts, report: TransactionReport, key: string): TransactionFacts {
  const { origin } = report;
  const at = effectiveTime(report.timestamp.at, origin.receivedAt, origin.clockOffsetMs).at;
  const transaction = newTransaction(station, report, {
    origin: 'orphan',
    stationTransactionId: report.stationTransactionId ?? '',
    startKey: `end:${key}`,
    startedAt: at,
    meterStartMilliWh: null,
    authorizationStatus: null,
    flags: new Set(['start-missing']),
  });
  book.newTransactions.add(transaction);
  book.addTransaction(transaction);
  return transaction;
}

function answer(
  book: DecisionBook,
  station: StationFacts,
  report: TransactionReport,
  transaction: TransactionFacts,
): TransactionDecision {
  const { id: transactionId, stationTransactionId } = transaction;
  if (report.idToken === undefined) return { transactionId, stationTransactionId };
  const info = stoppingTokenInfo(book, station, transaction, report.idToken.value, report.origin.receivedAt);
  return { transactionId, stationTransactionId, idTokenInfo: info };
}
