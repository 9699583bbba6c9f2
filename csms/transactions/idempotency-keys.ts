import { createHash } from 'node:crypto';
import { foldToken } from '../authorization/evaluate-token.ts';
import type { TransactionReport } from '../contract/station-port.ts';

/** Keys longer than this are stored as their digest. */
const MAX_PLAIN_KEY = 160;

/**
 * What makes two reports of a start the same start: where, who, when and the register, as the station wrote them (OCPP 1.6 gives no
 * better: a repeated StartTransaction has a new message id). The station itself is a column of its own.
 */
export function startKey(report: TransactionReport): string {
  const { evse, idToken, timestamp, meterWh } = report;
  return compact(
    `${evse?.evseId ?? ''}|${evse?.connectorId ?? ''}|${idToken === undefined ? '' : foldToken(idToken.value)}|${timestamp.text}|${meterWh ?? ''}`,
  );
}

/** What makes two reports of an end the same end: which transaction, when and the register. */
export function stopKey(report: TransactionReport): string {
  return compact(`${report.stationTransactionId ?? ''}|${report.timestamp.text}|${report.meterWh ?? ''}`);
}

function compact(key: string): string {
  return key.length <= MAX_PLAIN_KEY ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
