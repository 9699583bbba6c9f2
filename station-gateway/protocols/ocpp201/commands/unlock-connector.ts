import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** UnlockConnector (OCPP 2.0.1 Part 2 §1.63; F05). */
export const unlockConnector: Ocpp201Command<'unlock-connector', 'UnlockConnector'> = {
  command: 'unlock-connector',
  action: 'UnlockConnector',
  toCalls: ({ payload: { evseId, connectorId } }) => [{ evseId, connectorId: connectorId ?? 1 }],
  toOutcome: byStatus('Unlocked'),
  fromPayload: ({ evseId, connectorId }) => ({ action: 'unlock-connector', payload: { evseId, connectorId } }),
};
