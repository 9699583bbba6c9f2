import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** CancelReservation (OCPP 1.6 §6.5). */
export const cancelReservation: Ocpp16Command<'cancel-reservation', 'CancelReservation'> = {
  command: 'cancel-reservation',
  action: 'CancelReservation',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'cancel-reservation', payload }),
};
