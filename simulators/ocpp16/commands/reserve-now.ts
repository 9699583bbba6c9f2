import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ReserveNow (OCPP 1.6, 5.13); connector 0 keeps any one connector free. */
export function reserveNow(
  station: SimulatedStation16,
  request: CentralRequest<'ReserveNow'>,
): CommandAnswer<'ReserveNow'> {
  const { reservationId, connectorId, idTag, parentIdTag, expiryDate } = request;
  const status = station.reservations.reserve(
    { reservationId, connectorId, card: idTag, group: parentIdTag, expiresAt: Date.parse(expiryDate) },
    { anywhere: station.configuration.flag('ReserveConnectorZeroSupported') },
  );
  return { response: { status } };
}
