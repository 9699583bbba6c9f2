import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { EVSE_NEEDED } from '../values/evse-needed.ts';
import { toTrigger } from '../values/triggers.ts';

/** TriggerMessage (OCPP 2.0.1 Part 2 §1.62; F06). */
export const triggerMessage: Ocpp201Command<'trigger-message', 'TriggerMessage'> = {
  command: 'trigger-message',
  action: 'TriggerMessage',
  toCalls: ({ payload: { requestedMessage, evseId, connectorId } }) => {
    const message = toTrigger(requestedMessage);
    if (connectorId !== undefined && evseId === undefined) return EVSE_NEEDED;
    if (message === undefined) return { unsendable: `OCPP 2.0.1 cannot ask for ${requestedMessage}.` };
    return [{ requestedMessage: message, ...(evseId === undefined ? {} : { evse: { id: evseId, connectorId } }) }];
  },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ requestedMessage, evse }) => ({
    action: 'trigger-message',
    payload: { requestedMessage, evseId: evse?.id, connectorId: evse?.connectorId },
  }),
};
