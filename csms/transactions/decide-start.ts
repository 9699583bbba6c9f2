import { milliWhToWh } from '@voltpile/kernel/units';
import { evaluateToken, foldToken } from '../authorization/evaluate-token.ts';
import type { IdTokenInfo, TransactionDecision, TransactionReport } from '../contract/station-port.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import { authorizedWithin } from './authorized-within.ts';
import { bindIntent } from './bind-intent.ts';
import type { DecisionBook, IntentFacts, StationFacts, TransactionFacts } from './decision-book.ts';
import { effectiveTime, isToldLate } from './effective-time.ts';
import { startKey } from './idempotency-keys.ts';
import { judgeStart } from './judge-start.ts';
import { keepReport } from './keep-report.ts';
import { makeWayAt } from './make-way.ts';
import { newTransaction } from './new-transaction.ts';
import { readRegister } from './registers.ts';

export interface StartDecision {
  readonly decision: TransactionDecision;
  /** The intent that was bound, when the token was accepted now (not when a start is repeated). */
  readonly intent: IntentFacts | null;
}

/**
 * A station has started a transaction. It is always recorded, whatever the token: energy may flow already, and the station asks again
 * and again until it gets a number. A refused token gets its status, and the station stops by itself.
 */
export function decideStart(
  book: DecisionBook,
  station: StationFacts,
  report: TransactionReport,
  prepared: PreparedReadings,
): StartDecision {
  const key = startKey(report);
  const twin = book.transactionsOf(station.id).filter((transaction) => transaction.startKey === key);
  const same = twin.find((transaction) => transaction.status === 'active' || transaction.endEstimated);
  if (same !== undefined) return repeatedStart(book, station, report, prepared, same);

  const { origin } = report;
  const started = effectiveTime(report.timestamp.at, origin.receivedAt, origin.clockOffsetMs);
  const register = readRegister(report.meterWh);
  const flags = new Set<string>([...started.flags, ...prepared.flags]);
  if (twin.length > 0) flags.add('start-repeated');
  if (register.unreadable) flags.add('meter-unreadable');
  if ((origin.oddities?.length ?? 0) > 0) flags.add('schema-violation');
  if (station.registrationStatus !== 'Accepted') flags.add('station-not-accepted');
  const offline = isToldLate(report.timestamp.at, origin);
  if (offline) flags.add('offline-start');

  const evseId = report.evse?.evseId ?? null;
  if (evseId === null || evseId === 0) flags.add('evse-missing');
  makeWayAt(book, station, evseId, started.at, flags);

  const folded = report.idToken === undefined ? null : foldToken(report.idToken.value);
  const within = authorizedWithin(report);
  if (folded !== null) book.expireIntents(station.id, folded, within.from);
  const intent = folded === null ? undefined : book.pendingIntent(station.id, folded, evseId, within);
  const standing = evaluateToken(book, station, folded, intent, started.at);
  const { info, flag } = judgeStart(book, station, folded, standing, offline);
  if (flag !== null) flags.add(flag);

  const number = station.nextTransactionNumber++;
  book.changedCounters.add(station);
  const transaction = newTransaction(station, report, {
    origin: 'reported',
    stationTransactionId: report.stationTransactionId ?? String(number),
    startKey: key,
    startedAt: started.at,
    meterStartMilliWh: register.milliWh,
    authorizationStatus: info.status,
    flags,
  });
  const bound =
    info.status === 'Accepted' && folded !== null
      ? bindIntent(book, station, transaction, folded, standing.accountRef, intent, started.at)
      : null;
  book.newTransactions.add(transaction);
  book.addTransaction(transaction);
  if (evseId !== null) book.evses.push({ stationId: station.id, evseId });
  keepReport(book, report, prepared, transaction);
  book.events.push({
    type: 'transaction.started',
    organizationId: station.organizationId,
    siteId: station.siteId,
    stationId: station.identity,
    data: {
      transactionId: transaction.id,
      stationTransactionId: transaction.stationTransactionId,
      evseId,
      connectorId: transaction.connectorId,
      idToken: transaction.displayIdToken,
      authorizationStatus: info.status,
      startedAt: new Date(started.at).toISOString(),
      meterStartWh: register.milliWh === null ? null : milliWhToWh(register.milliWh),
      flags: [...flags],
    },
  });
  return { decision: answer(transaction, info), intent: bound };
}

/** Same start, same answer; never ConcurrentTx because of itself. */
function repeatedStart(
  book: DecisionBook,
  station: StationFacts,
  report: TransactionReport,
  prepared: PreparedReadings,
  transaction: TransactionFacts,
): StartDecision {
  keepReport(book, report, prepared, transaction);
  const token = transaction.idToken === null ? undefined : book.token(station.organizationId, transaction.idToken);
  const info: IdTokenInfo = {
    status: (transaction.authorizationStatus ?? 'Invalid') as IdTokenInfo['status'],
    groupIdToken: token?.groupIdToken ?? null,
    expiresAt: token?.expiresAt ?? null,
  };
  return { decision: answer(transaction, info), intent: null };
}

function answer(transaction: TransactionFacts, info: IdTokenInfo): TransactionDecision {
  return { transactionId: transaction.id, stationTransactionId: transaction.stationTransactionId, idTokenInfo: info };
}
