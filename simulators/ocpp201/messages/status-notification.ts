import type { CallOptions } from '../../ocpp-j/station.ts';
import { connectorStatusOf } from '../connector-status.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { Connector } from '../transaction.ts';

/** StatusNotification (OCPP 2.0.1, G01): the connector's status and when it came about. */
export async function statusNotification(
  station: SimulatedStation201,
  connector: Connector,
  options: CallOptions = {},
): Promise<void> {
  const request = {
    timestamp: station.clock.write(connector.statusSince),
    connectorStatus: connectorStatusOf(connector),
    evseId: connector.id,
    connectorId: 1,
  };
  await station.call('StatusNotification', request, options);
  station.ledger.statusReported(request);
}
