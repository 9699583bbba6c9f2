import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { findOtherConnector } from '../values/single-connector.ts';

/** TriggerMessage (OCPP 1.6 §6.51). */
export const triggerMessage: Ocpp16Command<'trigger-message', 'TriggerMessage'> = {
  command: 'trigger-message',
  action: 'TriggerMessage',
  toCalls: ({ payload: { requestedMessage, evseId, connectorId } }) =>
    isTriggerable(requestedMessage)
      ? (findOtherConnector(evseId, connectorId) ?? [{ requestedMessage, connectorId: evseId }])
      : { unsendable: `OCPP 1.6 cannot ask for ${requestedMessage}; extended-trigger-message may.` },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ requestedMessage, connectorId }) => ({
    action: 'trigger-message',
    payload: { requestedMessage, evseId: connectorId },
  }),
};

/** MessageTrigger (OCPP 1.6 §7.32). */
const TRIGGERABLE = [
  'BootNotification',
  'DiagnosticsStatusNotification',
  'FirmwareStatusNotification',
  'Heartbeat',
  'MeterValues',
  'StatusNotification',
] as const;

function isTriggerable(message: string): message is (typeof TRIGGERABLE)[number] {
  return (TRIGGERABLE as readonly string[]).includes(message);
}
