import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { findOtherConnector } from '../values/single-connector.ts';

/** UnlockConnector (OCPP 1.6 §6.53). */
export const unlockConnector: Ocpp16Command<'unlock-connector', 'UnlockConnector'> = {
  command: 'unlock-connector',
  action: 'UnlockConnector',
  toCalls: ({ payload: { evseId, connectorId } }) =>
    findOtherConnector(evseId, connectorId) ?? [{ connectorId: evseId }],
  toOutcome: byStatus('Unlocked'),
  fromPayload: ({ connectorId }) => ({ action: 'unlock-connector', payload: { evseId: connectorId } }),
};
