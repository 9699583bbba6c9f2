import type { SimulatedStation16 } from '../station.ts';
import type { Connector } from '../transaction.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** RemoteStartTransaction (OCPP 1.6, 5.11): as if the card had been shown, after Authorize when AuthorizeRemoteTxRequests says so. */
export function remoteStartTransaction(
  station: SimulatedStation16,
  request: CentralRequest<'RemoteStartTransaction'>,
): CommandAnswer<'RemoteStartTransaction'> {
  const { idTag, chargingProfile } = request;
  const connector = pickConnector(station, request.connectorId);
  const isProfileUsable = chargingProfile === undefined || chargingProfile.chargingProfilePurpose === 'TxProfile';
  if (connector === undefined || !isProfileUsable || station.registration !== 'Accepted') {
    return { response: { status: 'Rejected' } };
  }
  if (station.reservations.isHopeless(connector, idTag)) return { response: { status: 'Rejected' } };
  const begin = async () => {
    let parentIdTag: string | undefined;
    if (station.configuration.flag('AuthorizeRemoteTxRequests')) {
      const { info } = await station.authorization.decide(connector.id, idTag);
      if (info.status !== 'Accepted') return;
      parentIdTag = info.group;
    }
    station.charging.permit(connector, idTag, parentIdTag, chargingProfile);
  };
  return { response: { status: 'Accepted' }, afterwards: () => void begin() };
}

/** The connector asked for, or else one with a car, or else a free one; undefined when it cannot start now. */
function pickConnector(station: SimulatedStation16, connectorId: number | undefined): Connector | undefined {
  const usable = station.chargingConnectors.filter(
    (connector) =>
      connector.transaction === undefined && connector.permission === undefined && station.mayStart(connector),
  );
  if (connectorId !== undefined) return usable.find((connector) => connector.id === connectorId);
  return usable.find((connector) => connector.vehicle !== undefined) ?? usable[0];
}
