import type { Ocpp16Command } from '../command.ts';
import { byStatus } from '../outcome.ts';

/** TriggerMessage (OCPP 1.6 §6.51). */
export const triggerMessage: Ocpp16Command<'trigger-message', 'TriggerMessage'> = {
  command: 'trigger-message',
  action: 'TriggerMessage',
  toCalls: ({ payload }) => [{ requestedMessage: payload.requestedMessage, connectorId: payload.evseId }],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ requestedMessage, connectorId }) => ({
    action: 'trigger-message',
    payload: { requestedMessage, evseId: connectorId },
  }),
};
