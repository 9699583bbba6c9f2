import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** CancelReservation (OCPP 2.0.1 Part 2 §1.3; H02). */
export const cancelReservation: Ocpp201Command<'cancel-reservation', 'CancelReservation'> = {
  command: 'cancel-reservation',
  action: 'CancelReservation',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ reservationId }) => ({ action: 'cancel-reservation', payload: { reservationId } }),
};
