import type { Instant } from '@voltpile/kernel/clock';
import { milliWhToWh } from '@voltpile/kernel/units';
import type { TransactionDecision } from '../contract/station-port.ts';
import type { TransactionEventType } from '../persistence/transaction-event-statements.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import { claimToken } from './claim-token.ts';
import type { DecisionBook, IntentFacts, StationFacts, TransactionFacts } from './decision-book.ts';
import { effectiveTime, isToldLate } from './effective-time.ts';
import { endTransaction, moveEstimatedEnd, settleEnergy, settleHolds } from './end-transaction.ts';
import { noteGaps } from './event-gaps.ts';
import { stopKey } from './idempotency-keys.ts';
import { keepReport } from './keep-report.ts';
import { makeWayAt } from './make-way.ts';
import { newTransaction } from './new-transaction.ts';
import { eventRow, givenName, type NamedReport, nameOf } from './transaction-event.ts';

export interface EventDecision {
  readonly decision: TransactionDecision;
  /** The intent that was bound by this report. */
  readonly intent: IntentFacts | null;
}

/**
 * A report about a transaction that the station has named itself (OCPP 2.x TransactionEvent). Reports may come late, doubled, out of order,
 * or not at all: each adds what it says to what is known, so that in the end the order does not matter. The first report that arrives
 * makes the transaction; nothing runs again after its end.
 */
export function decideEvent(
  book: DecisionBook,
  station: StationFacts,
  type: TransactionEventType,
  report: NamedReport,
  prepared: PreparedReadings,
): EventDecision {
  const { origin } = report;
  const name = nameOf(report);
  const { at, flags } = effectiveTime(report.timestamp.at, origin.receivedAt, origin.clockOffsetMs);
  const isDoubtful = flags.length > 0 && !flags.includes('clock-corrected');
  let transaction = book.named(station.id, name);
  const isNameGivenAgain =
    type === 'started' && transaction !== undefined && startsAfter(transaction, report, { at, isDoubtful });
  if (transaction !== undefined && isNameGivenAgain) {
    transaction.origin = 'superseded';
    book.changeStart(transaction);
    transaction = undefined;
  }
  const isNew = transaction === undefined;
  transaction ??= begin(book, station, name, report, at);
  const before = isNew ? undefined : visibleOf(transaction);
  const firstEvent = book.events.length;
  if (isNameGivenAgain) transaction.flags.add('name-repeated');

  keepReport(book, report, prepared, transaction);
  const { id: transactionId, partitionAt } = transaction;
  const row = eventRow({ transactionId, partitionAt }, type, report);
  book.transactionEvents.push(row);

  for (const flag of [...flags, ...prepared.flags]) transaction.flags.add(flag);
  if ((origin.oddities?.length ?? 0) > 0) transaction.flags.add('schema-violation');
  const isOffline = report.offline === true || isToldLate(report.timestamp.at, origin);
  learnStart(book, transaction, type, report, prepared, { at, isDoubtful }, isOffline);
  learnPlace(book, station, transaction, report);
  const { info, intent, nameUnknown } = claimToken(book, station, transaction, type, report, at, isOffline);

  let isEnding = false;
  if (type === 'ended') isEnding = learnEnd(book, station, transaction, report, prepared, at);
  else if (transaction.status === 'ended') {
    if (transaction.endEstimated) moveEstimatedEnd(book, transaction);
    settleEnergy(book, transaction);
  }
  if (transaction.status === 'ended') noteGaps(book, transaction, row.number);
  settleHolds(book, transaction);

  // A transaction may begin and end with one report; what is told first is that it began.
  if (before === undefined) book.events.splice(firstEvent, 0, startedEvent(station, transaction, report));
  else if (visibleOf(transaction) !== before) {
    book.change(transaction);
    if (!isEnding) book.events.push(updatedEvent(station, transaction, report));
  }
  const decision: TransactionDecision = {
    transactionId,
    stationTransactionId: report.stationTransactionId ?? null,
    ...(info === undefined ? {} : { idTokenInfo: info }),
    ...(nameUnknown ? { nameUnknown } : {}),
  };
  return { decision, intent };
}

/**
 * Whether a start is another one than the transaction's, which is over: the station has begun to count its names anew. Names that we give are
 * never given twice, and a provisional start only says that it still goes on when it was sent.
 */
function startsAfter(
  transaction: TransactionFacts,
  report: NamedReport,
  { at, isDoubtful }: { readonly at: Instant; readonly isDoubtful: boolean },
): boolean {
  if (report.namedByUs === true || report.provisional === true) return false;
  // Where the receipt stands in for a time that cannot be, a copy would seem to begin later each time that it comes.
  if (isDoubtful) return false;
  const { status, endEstimated, endedAt, flags, startedAt } = transaction;
  if (status !== 'ended' || endEstimated || endedAt === null || flags.has('start-missing')) return false;
  return at > endedAt && at !== startedAt && report.timestamp.at !== null;
}

function begin(
  book: DecisionBook,
  station: StationFacts,
  name: string,
  report: NamedReport,
  at: Instant,
): TransactionFacts {
  // Token and EVSE are learnt in the same way whichever report brings them.
  const { origin, timestamp } = report;
  const transaction = newTransaction(
    station,
    { origin, timestamp },
    {
      origin: 'reported',
      stationTransactionId: name,
      startKey: `name:${name}`,
      startedAt: at,
      meterStartMilliWh: null,
      authorizationStatus: null,
      flags: new Set(['start-missing', 'evse-missing']),
    },
  );
  if (station.registrationStatus !== 'Accepted') transaction.flags.add('station-not-accepted');
  book.newTransactions.add(transaction);
  book.addTransaction(transaction);
  return transaction;
}

/** When it began, and the register then. Until the start itself is reported, the earliest report stands in for it. */
function learnStart(
  book: DecisionBook,
  transaction: TransactionFacts,
  type: TransactionEventType,
  report: NamedReport,
  prepared: PreparedReadings,
  { at, isDoubtful }: { readonly at: Instant; readonly isDoubtful: boolean },
  isOffline: boolean,
): void {
  const isUnknown = transaction.flags.has('start-missing');
  if (report.provisional === true) {
    if (type !== 'started' || !isUnknown) return;
    transaction.flags.delete('start-missing');
    transaction.flags.add('start-provisional');
    if (at < transaction.startedAt) transaction.startedAt = at;
    book.changeStart(transaction);
  } else if (type === 'started' && (isUnknown || transaction.flags.has('start-provisional'))) {
    // Told late, but heard of in time.
    const wasHeard = transaction.flags.has('start-provisional') && report.offline !== true;
    transaction.flags.delete('start-missing');
    transaction.flags.delete('start-provisional');
    if (isOffline && !wasHeard) transaction.flags.add('offline-start');
    // Of two times the one that we saw is better than one that cannot be.
    if (!(wasHeard && isDoubtful)) transaction.startedAt = at;
    book.changeStart(transaction);
  } else if (isUnknown && at < transaction.startedAt) {
    transaction.startedAt = at;
    book.changeStart(transaction);
  }
  const { bounds, registers } = prepared;
  const first = registers.filter((reading) => reading !== bounds.end).sort((a, b) => a.at - b.at)[0];
  const register = bounds.begin ?? (type === 'started' ? first : undefined);
  if (transaction.meterStartMilliWh !== null || register === undefined) return;
  transaction.meterStartMilliWh = register.milliWh;
  book.changeStart(transaction);
}

function learnPlace(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  { evse, reservationId }: NamedReport,
): void {
  if (reservationId !== undefined && transaction.reservationId === null) {
    transaction.reservationId = reservationId;
    book.changeStart(transaction);
  }
  if (evse === undefined || evse.evseId === 0) return;
  if (transaction.evseId === null) {
    transaction.evseId = evse.evseId;
    transaction.flags.delete('evse-missing');
    book.changeStart(transaction);
    book.evses.push({ stationId: station.id, evseId: evse.evseId });
    if (transaction.status === 'active') {
      makeWayAt(book, station, evse.evseId, transaction.startedAt, transaction.flags, transaction);
    }
  } else if (transaction.evseId !== evse.evseId) {
    transaction.flags.add('evse-conflict');
    return;
  }
  if (evse.connectorId === null || transaction.connectorId !== null) return;
  transaction.connectorId = evse.connectorId;
  book.changeStart(transaction);
}

/** @returns whether the transaction has ended by this report, and not by an earlier one */
function learnEnd(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  report: NamedReport,
  prepared: PreparedReadings,
  at: Instant,
): boolean {
  const key = stopKey(report);
  if (transaction.status === 'ended' && !transaction.endEstimated) {
    if (transaction.stopKey !== key) transaction.flags.add('stop-conflict');
    settleEnergy(book, transaction);
    return false;
  }
  const { bounds, registers } = prepared;
  const last = registers.filter((reading) => reading !== bounds.begin).sort((a, b) => b.at - a.at)[0];
  endTransaction(book, station, transaction, {
    at,
    meterStopMilliWh: (bounds.end ?? last)?.milliWh ?? null,
    stopReason: report.stopReason ?? null,
    stopKey: key,
    stopIdToken: report.idToken === undefined ? transaction.stopIdToken : report.idToken.value,
    estimated: false,
  });
  return true;
}

/** What people see of a transaction, to know whether a report has changed it. */
function visibleOf(transaction: TransactionFacts): string {
  const { idToken, authorizationStatus, evseId, connectorId, startedAt, status, endedAt, stopIdToken } = transaction;
  const { meterStartMilliWh, meteredMilliWh, billableMilliWh, reservationId, flags } = transaction;
  return [
    idToken,
    authorizationStatus,
    evseId,
    connectorId,
    startedAt,
    status,
    endedAt,
    stopIdToken,
    meterStartMilliWh,
    meteredMilliWh,
    billableMilliWh,
    reservationId,
    [...flags].sort(),
  ].join('|');
}

function dataOf(transaction: TransactionFacts, report: NamedReport): Record<string, unknown> {
  const { meterStartMilliWh } = transaction;
  return {
    transactionId: transaction.id,
    stationTransactionId: givenName(transaction.stationTransactionId),
    evseId: transaction.evseId,
    connectorId: transaction.connectorId,
    idToken: transaction.displayIdToken,
    authorizationStatus: transaction.authorizationStatus,
    startedAt: new Date(transaction.startedAt).toISOString(),
    meterStartWh: meterStartMilliWh === null ? null : milliWhToWh(meterStartMilliWh),
    chargingState: report.chargingState ?? null,
    trigger: report.trigger ?? null,
    flags: [...transaction.flags],
  };
}

function startedEvent(station: StationFacts, transaction: TransactionFacts, report: NamedReport) {
  const { organizationId, siteId } = transaction;
  const data = dataOf(transaction, report);
  return { type: 'transaction.started', organizationId, siteId, stationId: station.identity, data } as const;
}

function updatedEvent(station: StationFacts, transaction: TransactionFacts, report: NamedReport) {
  const { organizationId, siteId, status, meteredMilliWh, endedAt } = transaction;
  const data = {
    ...dataOf(transaction, report),
    status,
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    energyWh: meteredMilliWh === null ? null : milliWhToWh(meteredMilliWh),
  };
  return { type: 'transaction.updated', organizationId, siteId, stationId: station.identity, data } as const;
}
