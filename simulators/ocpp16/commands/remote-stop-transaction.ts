import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** RemoteStopTransaction (OCPP 1.6, 5.12). */
export function remoteStopTransaction(
  station: SimulatedStation16,
  request: CentralRequest<'RemoteStopTransaction'>,
): CommandAnswer<'RemoteStopTransaction'> {
  const connector = station.chargingConnectors.find(
    ({ transaction }) => transaction?.transactionId === request.transactionId,
  );
  if (connector === undefined) return { response: { status: 'Rejected' } };
  return { response: { status: 'Accepted' }, afterwards: () => station.charging.stop(connector, 'Remote') };
}
