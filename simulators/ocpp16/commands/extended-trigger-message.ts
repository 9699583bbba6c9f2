import { logStatusNotification } from '../messages/log-status-notification.ts';
import { signedFirmwareStatusNotification } from '../messages/signed-firmware-status-notification.ts';
import type { SimulatedStation16 } from '../station.ts';
import { triggerCommon, triggeredConnectors } from '../trigger.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ExtendedTriggerMessage (security extension). */
export function extendedTriggerMessage(
  station: SimulatedStation16,
  request: CentralRequest<'ExtendedTriggerMessage'>,
): CommandAnswer<'ExtendedTriggerMessage'> {
  const { requestedMessage, connectorId } = request;
  const connectors = triggeredConnectors(station, connectorId);
  if (connectors === undefined) return { response: { status: 'Rejected' } };
  const afterwards = () => {
    switch (requestedMessage) {
      case 'LogStatusNotification': {
        const { logStatus, logRequestId } = station.diagnostics;
        return logStatusNotification(station, logStatus, logStatus === 'Idle' ? undefined : logRequestId);
      }
      case 'FirmwareStatusNotification': {
        const { status, requestId } = station.firmware;
        return signedFirmwareStatusNotification(station, status, status === 'Idle' ? undefined : requestId);
      }
      case 'SignChargePointCertificate':
        return void station.certificates.renew().catch(() => undefined);
      default:
        return triggerCommon(station, requestedMessage, connectors);
    }
  };
  return { response: { status: 'Accepted' }, afterwards };
}
