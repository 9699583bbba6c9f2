import type { SimulatedStation201 } from '../station.ts';
import type { Connector } from '../transaction.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** RequestStartTransaction (OCPP 2.0.1, F01 and F02): as if the card had been shown, after Authorize when AuthorizeRemoteStart says so. */
export function requestStartTransaction(
  station: SimulatedStation201,
  request: CentralRequest<'RequestStartTransaction'>,
): CommandAnswer<'RequestStartTransaction'> {
  const { idToken, groupIdToken, remoteStartId, chargingProfile } = request;
  const connector = pickConnector(station, request.evseId);
  const isProfileUsable =
    chargingProfile === undefined ||
    (chargingProfile.chargingProfilePurpose === 'TxProfile' && chargingProfile.transactionId === undefined);
  if (connector === undefined || !isProfileUsable || station.registration !== 'Accepted') {
    return { response: { status: 'Rejected' } };
  }
  const reserved = station.reservations.check(connector, idToken.idToken, groupIdToken?.idToken);
  if (reserved === 'reserved') return { response: { status: 'Rejected' } };
  const begin = async () => {
    let groupId = groupIdToken?.idToken;
    if (station.device.flag('AuthCtrlr.AuthorizeRemoteStart')) {
      const { info } = await station.authorization.decide(connector.id, idToken);
      if (info.status !== 'Accepted') return;
      groupId ??= info.group;
    }
    station.charging.permit(connector, { idToken, groupId, remoteStartId, chargingProfile, trigger: 'RemoteStart' });
  };
  const { transaction } = connector;
  return {
    response: {
      status: 'Accepted',
      // A transaction that began with the cable is the one that is meant (F02.FR.01).
      ...(transaction === undefined ? {} : { transactionId: transaction.transactionId }),
    },
    afterwards: () => void begin(),
  };
}

/** The EVSE asked for, or else one with a car, or else a free one; undefined when it cannot start now. */
function pickConnector(station: SimulatedStation201, evseId: number | undefined): Connector | undefined {
  const usable = station.chargingConnectors.filter(
    (connector) => connector.permission === undefined && station.mayStart(connector),
  );
  if (evseId !== undefined) return usable.find((connector) => connector.id === evseId);
  return usable.find((connector) => connector.vehicle !== undefined) ?? usable[0];
}
