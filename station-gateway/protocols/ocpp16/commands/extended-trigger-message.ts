import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** ExtendedTriggerMessage (security extension §5.5). */
export const extendedTriggerMessage: Ocpp16Command<'extended-trigger-message', 'ExtendedTriggerMessage'> = {
  command: 'extended-trigger-message',
  action: 'ExtendedTriggerMessage',
  toCalls: ({ payload }) => [{ requestedMessage: payload.requestedMessage, connectorId: payload.evseId }],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ requestedMessage, connectorId }) => ({
    action: 'extended-trigger-message',
    payload: { requestedMessage, evseId: connectorId },
  }),
};
