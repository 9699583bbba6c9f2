import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CancelReservation (OCPP 2.0.1, H02). */
export function cancelReservation(
  station: SimulatedStation201,
  request: CentralRequest<'CancelReservation'>,
): CommandAnswer<'CancelReservation'> {
  return { response: { status: station.reservations.cancel(request.reservationId) ? 'Accepted' : 'Rejected' } };
}
