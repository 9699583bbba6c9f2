import type { Connector } from '../../station/connector.ts';
import type { SimulatedStation16 } from '../station.ts';

/** StatusNotification (OCPP 1.6, 4.9): the connector's status and when it came about. */
export async function statusNotification(
  station: SimulatedStation16,
  connector: Connector,
  options: { beforeAccepted?: boolean } = {},
): Promise<void> {
  const request = {
    connectorId: connector.id,
    status: connector.status,
    errorCode: connector.errorCode,
    timestamp: station.clock.write(connector.statusSince),
    ...(connector.errorInfo === undefined ? {} : { info: connector.errorInfo }),
  };
  await station.call('StatusNotification', request, options);
  station.ledger.statusReported(request);
}
