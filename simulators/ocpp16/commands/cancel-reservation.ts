import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CancelReservation (OCPP 1.6, 5.2). */
export function cancelReservation(
  station: SimulatedStation16,
  request: CentralRequest<'CancelReservation'>,
): CommandAnswer<'CancelReservation'> {
  return { response: { status: station.reservations.cancel(request.reservationId) ? 'Accepted' : 'Rejected' } };
}
