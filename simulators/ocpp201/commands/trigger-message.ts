import { firmwareStatusNotification } from '../messages/firmware-status-notification.ts';
import { heartbeat } from '../messages/heartbeat.ts';
import { logStatusNotification } from '../messages/log-status-notification.ts';
import { publishFirmwareStatusNotification } from '../messages/publish-firmware-status-notification.ts';
import { statusNotification } from '../messages/status-notification.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** TriggerMessage (OCPP 2.0.1, F06). A triggered message may go out before the station is accepted. */
export function triggerMessage(
  station: SimulatedStation201,
  request: CentralRequest<'TriggerMessage'>,
): CommandAnswer<'TriggerMessage'> {
  const { requestedMessage, evse } = request;
  const target = evse === undefined || evse.id === 0 ? undefined : station.findConnector(evse.id);
  if (evse !== undefined && evse.id !== 0 && target === undefined) return { response: { status: 'Rejected' } };
  const connectors = target === undefined ? station.chargingConnectors : [target];
  const quietly = (sending: Promise<unknown>) => void sending.catch(() => undefined);
  const accept = (afterwards: () => void): CommandAnswer<'TriggerMessage'> => ({
    response: { status: 'Accepted' },
    afterwards,
  });
  switch (requestedMessage) {
    case 'BootNotification':
      // An accepted station does not boot again (F06.FR.17).
      if (station.registration === 'Accepted') return { response: { status: 'Rejected' } };
      return accept(() => quietly(station.bootAgain()));
    case 'Heartbeat':
      return accept(() => quietly(heartbeat(station, { beforeAccepted: true })));
    case 'StatusNotification':
      // It is about a connector (F06.FR.12).
      if (evse?.connectorId !== undefined && evse.connectorId !== 1) return { response: { status: 'Rejected' } };
      return accept(() => {
        for (const connector of connectors) quietly(statusNotification(station, connector, { beforeAccepted: true }));
      });
    case 'MeterValues':
      return accept(() => {
        for (const connector of connectors) quietly(station.charging.metering.triggeredValues(connector));
      });
    case 'TransactionEvent': {
      const running = connectors.filter(({ transaction }) => transaction !== undefined);
      if (running.length === 0) return { response: { status: 'Rejected' } };
      return accept(() => {
        for (const connector of running) {
          const { transaction } = connector;
          if (transaction !== undefined) station.charging.metering.triggeredEvent(connector, transaction);
        }
      });
    }
    case 'FirmwareStatusNotification': {
      const { status, requestId, isRunning } = station.firmware;
      return accept(() =>
        firmwareStatusNotification(station, isRunning ? status : 'Idle', isRunning ? requestId : undefined),
      );
    }
    case 'LogStatusNotification': {
      const { status, requestId } = station.logs;
      return accept(() => logStatusNotification(station, status, status === 'Idle' ? undefined : requestId));
    }
    case 'PublishFirmwareStatusNotification': {
      const { status, requestId } = station.publishedFirmware;
      const isIdle = status === 'Idle' || requestId === undefined;
      const report = isIdle ? { status: 'Idle' as const } : { status, requestId };
      return accept(() => publishFirmwareStatusNotification(station, report));
    }
    case 'SignChargingStationCertificate':
      return accept(() => quietly(station.certificates.renew()));
    case 'SignV2GCertificate':
    case 'SignCombinedCertificate':
      return { response: { status: 'NotImplemented' } };
  }
}
