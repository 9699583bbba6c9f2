import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ChangeAvailability (OCPP 1.6, 5.3): takes effect at the end of a running transaction; 0 is every connector. */
export function changeAvailability(
  station: SimulatedStation16,
  request: CentralRequest<'ChangeAvailability'>,
): CommandAnswer<'ChangeAvailability'> {
  const target = station.findConnector(request.connectorId);
  if (target === undefined) return { response: { status: 'Rejected' } };
  const inoperative = request.type === 'Inoperative';
  const affected = request.connectorId === 0 ? station.connectors : [target];
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
