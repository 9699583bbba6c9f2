import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { ConnectorStatusReport } from '../contract/station-port.ts';
import { isStorableInstant } from '../persistence/timestamps.ts';
import { effectiveTime } from '../transactions/effective-time.ts';
import { FactText } from './fact-text.ts';
import type { StationWriter } from './station-writer.ts';

export const badConnector = defineError(
  'connector.out_of_range',
  'InvalidArgument',
  'EVSEs and connectors are numbered from 0 to {max}.',
);

/** No station has more; keeps a broken one from making rows without end. */
const MAX_NUMBER = 1000;

/**
 * A connector (or, as EVSE 0, the whole station) is in another state. Every report goes into the history once; the connector shows the one
 * that is newest by effective time, however late others arrive. What it says about the EVSE's transactions is stored with it.
 *
 * @throws InvalidArgument `connector.out_of_range`
 */
export async function connectorStatusChanged(writer: StationWriter, report: ConnectorStatusReport): Promise<void> {
  const { station, receivedAt, clockOffsetMs, oddities } = report.origin;
  const { evseId, connectorId, timestamp } = report;
  for (const number of [evseId, connectorId]) {
    if (!Number.isInteger(number) || number < 0 || number > MAX_NUMBER) throw badConnector({ max: MAX_NUMBER });
  }
  const text = new FactText(oddities);
  const said = timestamp?.at ?? null;
  const claimed = said !== null && isStorableInstant(said) ? said : null;
  const effective = effectiveTime(claimed, receivedAt, clockOffsetMs);
  // A dialect may leave the time out; only a time that could not be read is odd.
  if (timestamp !== undefined) text.flag(...effective.flags);
  const status = {
    id: uuidv7(),
    station,
    evseId,
    connectorId,
    status: report.status,
    detail: text.read('detail', report.detail, 50) ?? '',
    chargingState: report.chargingState ?? null,
    errorCode: text.read('errorCode', report.errorCode, 100),
    info: text.read('info', report.info, 500),
    vendorId: text.read('vendorId', report.vendorId, 255),
    vendorErrorCode: text.read('vendorErrorCode', report.vendorErrorCode, 100),
    occurredAt: claimed ?? receivedAt,
    effectiveAt: effective.at,
    receivedAt,
  };
  await writer.submit<'status'>({ kind: 'status', station, status: { ...status, flags: text.flags } });
}
