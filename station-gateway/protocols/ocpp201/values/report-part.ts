import type { ReportPart } from '@voltpile/csms/contract/station-port';
import { readInteger, readTime } from '../../ocpp-j/values/fields.ts';

const MAX_INTEGER = 2_147_483_647;

/**
 * Where a message stands in a report of several (NotifyReport and its like): `tbc` is false when absent; parts are counted from 0, by some
 * stations from 1.
 *
 * @returns undefined when it does not say which request it answers
 */
export function readReportPart(request: {
  readonly requestId?: unknown;
  readonly seqNo?: unknown;
  readonly generatedAt?: unknown;
  readonly tbc?: unknown;
}): ReportPart | undefined {
  const requestId = readInteger(request.requestId, 0, MAX_INTEGER);
  if (requestId === undefined) return undefined;
  return { requestId, ...readPlace(request) };
}

/** The same without a request. */
export function readPlace(request: {
  readonly seqNo?: unknown;
  readonly generatedAt?: unknown;
  readonly tbc?: unknown;
}): Omit<ReportPart, 'requestId'> {
  return {
    sequenceNumber: readInteger(request.seqNo, 0, MAX_INTEGER) ?? 0,
    generatedAt: readTime(request.generatedAt),
    toBeContinued: request.tbc === true,
  };
}
