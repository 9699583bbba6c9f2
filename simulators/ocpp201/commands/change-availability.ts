import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ChangeAvailability (OCPP 2.0.1, G03 and G04): takes effect at the end of a running transaction; without an EVSE it is the station. */
export function changeAvailability(
  station: SimulatedStation201,
  request: CentralRequest<'ChangeAvailability'>,
): CommandAnswer<'ChangeAvailability'> {
  const { evse, operationalStatus } = request;
  const target = station.findConnector(evse?.id ?? 0);
  if (target === undefined || (evse?.connectorId ?? 1) !== 1) return { response: { status: 'Rejected' } };
  const inoperative = operationalStatus === 'Inoperative';
  const affected = evse === undefined ? station.connectors : [target];
  let isScheduled = false;
  for (const connector of affected) {
    if (connector.transaction !== undefined) {
      connector.scheduledInoperative = inoperative;
      isScheduled = true;
      continue;
    }
    connector.isInoperative = inoperative;
  }
  return {
    response: { status: isScheduled ? 'Scheduled' : 'Accepted' },
    // The answer comes before the StatusNotification.
    afterwards: () => {
      for (const connector of affected) {
        if (connector.isInoperative) station.reservations.connectorLost(connector.id);
        station.refresh(connector);
      }
    },
  };
}
