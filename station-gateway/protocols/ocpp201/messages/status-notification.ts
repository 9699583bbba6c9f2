import type { ConnectorStatus } from '@voltpile/csms/contract/station-port';
import { readName, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';

const STATUSES: ReadonlySet<string> = new Set<ConnectorStatus>([
  'Available',
  'Occupied',
  'Reserved',
  'Unavailable',
  'Faulted',
]);

/** StatusNotification (OCPP 2.0.1 Part 2 §1.60; G01): a connector is in another state. */
export const statusNotification: Ocpp201Message<'StatusNotification'> = {
  action: 'StatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const evseId = readEvseId(request.evseId);
    const connectorId = readEvseId(request.connectorId);
    const status = readName(request.connectorStatus);
    if (evseId === undefined || connectorId === undefined || status === undefined || !STATUSES.has(status)) return null;
    const timestamp = readTime(request.timestamp);
    exchange.observeClock(timestamp);
    await exchange.port.connectorStatusChanged({
      origin: exchange.origin(),
      evseId,
      connectorId,
      status: status as ConnectorStatus,
      detail: status,
      timestamp,
    });
    return {};
  },
};
