import { hash } from 'node:crypto';
import type { TransactionReport } from '../contract/station-port.ts';
import type { TransactionEventRow, TransactionEventType } from '../persistence/transaction-event-statements.ts';
import { effectiveTime } from './effective-time.ts';

const MAX_INTEGER = 2_147_483_647;
const MAX_TRIGGER = 50;
/** Three bytes each at most, so that a name finds room in a row of an index of PostgreSQL (2,704 bytes). */
const MAX_NAME = 800;

/** What stands in for a name. */
const MADE_UP = /^(?:unnamed|long):[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A report of a dialect whose stations name their transactions themselves and count what they report about each. */
export type NamedReport = TransactionReport & { readonly sequence: NonNullable<TransactionReport['sequence']> };

/** Whether the station names its transactions; a domain that hands out numbers gets no sequences. */
export function isNamed(report: TransactionReport): report is NamedReport {
  return report.sequence !== undefined;
}

/**
 * The station's name of the transaction, to know it again by. A report that names none is about a transaction of its own: nobody can say to
 * which other it belongs. In place of a name without end its digest is kept.
 */
export function nameOf(report: NamedReport): string {
  const { stationTransactionId, sequence } = report;
  if (stationTransactionId === undefined || stationTransactionId === '')
    return `unnamed:${eventDigest(sequence.digest)}`;
  return stationTransactionId.length <= MAX_NAME ? stationTransactionId : `long:${eventDigest(stationTransactionId)}`;
}

/** The name of a stored transaction as the station has given it; null when it gave none, or one too long to be kept. */
export function givenName(name: string | null): string | null {
  return name === null || name === '' || MADE_UP.test(name) ? null : name;
}

/** What finds the intent that the report's transaction realises: the number of the start command, or the name that we gave; null: neither. */
export function intentRefOf(report: NamedReport): string | null {
  if (report.remoteStartId !== undefined) return String(report.remoteStartId);
  return report.namedByUs === true ? nameOf(report) : null;
}

/** The row of a report, once its transaction is known. */
export function eventRow(
  transaction: Pick<TransactionEventRow, 'transactionId' | 'partitionAt'>,
  type: TransactionEventType,
  report: NamedReport,
): TransactionEventRow {
  const { origin, sequence, timestamp, trigger, chargingState, offline } = report;
  return {
    ...transaction,
    number: storableInteger(sequence.number),
    digest: eventDigest(sequence.digest),
    type,
    trigger: trigger?.slice(0, MAX_TRIGGER).toWellFormed() ?? null,
    chargingState: chargingState ?? null,
    offline: offline ?? null,
    occurredAt: timestamp.at ?? origin.receivedAt,
    effectiveAt: effectiveTime(timestamp.at, origin.receivedAt, origin.clockOffsetMs).at,
    receivedAt: origin.receivedAt,
  };
}

/** A number of a report that fits its column; the nearest that does for absurd ones. */
export function storableInteger(value: number): number {
  return Number.isInteger(value) ? Math.min(Math.max(value, -MAX_INTEGER), MAX_INTEGER) : 0;
}

/** 128 bits of SHA-256 over the dialect's digest, in the form of a UUID. */
export function eventDigest(digest: string): string {
  const hex = hash('sha256', digest, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
