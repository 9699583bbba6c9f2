import { diagnosticsStatusNotification } from '../messages/diagnostics-status-notification.ts';
import type { SimulatedStation16 } from '../station.ts';
import { triggerCommon, triggeredConnectors, triggerFirmwareStatus } from '../trigger.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** TriggerMessage (OCPP 1.6, 5.17). */
export function triggerMessage(
  station: SimulatedStation16,
  request: CentralRequest<'TriggerMessage'>,
): CommandAnswer<'TriggerMessage'> {
  const { requestedMessage, connectorId } = request;
  const connectors = triggeredConnectors(station, connectorId);
  if (connectors === undefined) return { response: { status: 'Rejected' } };
  const afterwards = () => {
    switch (requestedMessage) {
      case 'DiagnosticsStatusNotification':
        return diagnosticsStatusNotification(station, station.diagnostics.diagnosticsStatus);
      case 'FirmwareStatusNotification':
        return triggerFirmwareStatus(station);
      default:
        return triggerCommon(station, requestedMessage, connectors);
    }
  };
  return { response: { status: 'Accepted' }, afterwards };
}
