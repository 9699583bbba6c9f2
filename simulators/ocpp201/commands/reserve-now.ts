import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ReserveNow (OCPP 2.0.1, H01); without an EVSE any one is kept free. */
export function reserveNow(
  station: SimulatedStation201,
  request: CentralRequest<'ReserveNow'>,
): CommandAnswer<'ReserveNow'> {
  const { id, evseId = 0, connectorType, idToken, groupIdToken, expiryDateTime } = request;
  if (!station.device.flag('ReservationCtrlr.Enabled')) return { response: { status: 'Rejected' } };
  if (connectorType !== undefined && connectorType !== 'cType2') return { response: { status: 'Rejected' } };
  const status = station.reservations.reserve(
    {
      reservationId: id,
      connectorId: evseId,
      card: idToken.idToken,
      group: groupIdToken?.idToken,
      expiresAt: Date.parse(expiryDateTime),
    },
    { anywhere: station.device.flag('ReservationCtrlr.NonEvseSpecific') },
  );
  return { response: { status } };
}
