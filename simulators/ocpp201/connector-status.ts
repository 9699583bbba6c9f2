import type { Connector } from './transaction.ts';
import type { ConnectorStatus } from './types.ts';

/** What OCPP 2.0.1 tells of what goes on at a plug: a card that waits for its cable does not occupy it yet (G01, E03). */
export function connectorStatusOf(connector: Connector): ConnectorStatus {
  switch (connector.status) {
    case 'Faulted':
    case 'Unavailable':
    case 'Reserved':
    case 'Available':
      return connector.status;
    case 'Preparing':
      if (connector.vehicle !== undefined) return 'Occupied';
      return connector.reservationId === undefined ? 'Available' : 'Reserved';
    default:
      return 'Occupied';
  }
}
