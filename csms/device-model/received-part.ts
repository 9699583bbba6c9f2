import type { MessageOrigin, ReportPart } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import { storableNumber, storableTime } from '../transactions/claimed-time.ts';
import { NO_REQUEST_ID, type ReceivedPart, type ReportKind } from './report-progress.ts';

/** A part as it came. Numbers that cannot be any are flagged, and stand for the first part and for no request. */
export function receivedPart(
  kind: ReportKind,
  origin: MessageOrigin,
  part: ReportPart,
  itemCount: number,
): ReceivedPart {
  const text = new FactText(origin.oddities);
  const number = (field: string, value: number, fallback: number): number => {
    const storable = storableNumber(value);
    if (storable === undefined) text.flag(`number-odd:${field}`);
    return storable ?? fallback;
  };
  const received = {
    kind,
    requestId: number('requestId', part.requestId, NO_REQUEST_ID),
    sequenceNumber: number('sequenceNumber', part.sequenceNumber, 0),
    toBeContinued: part.toBeContinued,
    generatedAt: storableTime(part.generatedAt.at),
    receivedAt: origin.receivedAt,
    itemCount,
  };
  return { ...received, flags: text.flags };
}
