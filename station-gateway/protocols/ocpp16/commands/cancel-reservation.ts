import type { Ocpp16Command } from '../command.ts';
import { byStatus } from '../outcome.ts';

/** CancelReservation (OCPP 1.6 §6.5). */
export const cancelReservation: Ocpp16Command<'cancel-reservation', 'CancelReservation'> = {
  command: 'cancel-reservation',
  action: 'CancelReservation',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'cancel-reservation', payload }),
};
