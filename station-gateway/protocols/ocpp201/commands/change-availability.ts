import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { EVSE_NEEDED } from '../values/evse-needed.ts';

/** ChangeAvailability (OCPP 2.0.1 Part 2 §1.5; G03, G04). Scheduled means that it follows when the running transaction has ended. */
export const changeAvailability: Ocpp201Command<'change-availability', 'ChangeAvailability'> = {
  command: 'change-availability',
  action: 'ChangeAvailability',
  toCalls: ({ payload: { evseId, connectorId, operationalStatus } }) =>
    connectorId !== undefined && (evseId === undefined || evseId === 0)
      ? EVSE_NEEDED
      : [
          {
            operationalStatus,
            // EVSE 0 is the station, which is meant when none is named.
            ...(evseId === undefined || evseId === 0 ? {} : { evse: { id: evseId, connectorId } }),
          },
        ],
  toOutcome: byStatus('Accepted', 'Scheduled'),
  fromPayload: ({ evse, operationalStatus }) => ({
    action: 'change-availability',
    payload: { evseId: evse?.id, connectorId: evse?.connectorId, operationalStatus },
  }),
};
