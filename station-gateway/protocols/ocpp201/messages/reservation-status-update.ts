import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';

/** ReservationStatusUpdate (OCPP 2.0.1 Part 2 §1.48; H01, H04): a reservation is over, without having been used. */
export const reservationStatusUpdate: Ocpp201Message<'ReservationStatusUpdate'> = {
  action: 'ReservationStatusUpdate',
  isTransactional: false,
  async handle(request, exchange) {
    const reservationId = readRequestId(request.reservationId);
    const status = request.reservationUpdateStatus;
    if (reservationId === undefined || (status !== 'Expired' && status !== 'Removed')) return null;
    await exchange.port.reservationEnded({ origin: exchange.origin(), reservationId, status });
    return {};
  },
};
