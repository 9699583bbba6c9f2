import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { findOtherConnector } from '../values/single-connector.ts';

/** ChangeAvailability (OCPP 1.6 §6.7). Scheduled means accepted: it happens when the running transaction has ended. */
export const changeAvailability: Ocpp16Command<'change-availability', 'ChangeAvailability'> = {
  command: 'change-availability',
  action: 'ChangeAvailability',
  toCalls: ({ payload: { evseId, connectorId, operationalStatus } }) =>
    findOtherConnector(evseId, connectorId) ?? [{ connectorId: evseId ?? 0, type: operationalStatus }],
  toOutcome: byStatus('Accepted', 'Scheduled'),
  fromPayload: ({ connectorId, type }) => ({
    action: 'change-availability',
    payload: { evseId: connectorId, operationalStatus: type },
  }),
};
