import type { SimulatedStation201 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/** ReservationStatusUpdate (OCPP 2.0.1, H04); kept for later while the station is offline. */
export function reservationStatusUpdate(
  station: SimulatedStation201,
  reservationId: number,
  reservationUpdateStatus: StationRequest<'ReservationStatusUpdate'>['reservationUpdateStatus'],
): void {
  station.notify('ReservationStatusUpdate', { reservationId, reservationUpdateStatus });
}
