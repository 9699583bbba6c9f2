import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** UnlockConnector (OCPP 1.6 §6.53). */
export const unlockConnector: Ocpp16Command<'unlock-connector', 'UnlockConnector'> = {
  command: 'unlock-connector',
  action: 'UnlockConnector',
  toCalls: ({ payload }) => [{ connectorId: payload.evseId }],
  toOutcome: byStatus('Unlocked'),
  fromPayload: ({ connectorId }) => ({ action: 'unlock-connector', payload: { evseId: connectorId } }),
};
