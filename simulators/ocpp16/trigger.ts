import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { statusNotification } from './messages/status-notification.ts';
import { isPlainFirmwareStatus } from './plain-firmware-status.ts';
import type { SimulatedStation16 } from './station.ts';
import type { Connector } from './transaction.ts';

/** Connectors that a trigger is about; undefined when there is no such connector. */
export function triggeredConnectors(
  station: SimulatedStation16,
  connectorId: number | undefined,
): readonly Connector[] | undefined {
  if (connectorId === undefined) return station.connectors;
  const connector = station.findConnector(connectorId);
  return connector && [connector];
}

/** Sends a message that both kinds of trigger can ask for. A triggered message may go out before the station is accepted. */
export function triggerCommon(
  station: SimulatedStation16,
  message: 'BootNotification' | 'Heartbeat' | 'MeterValues' | 'StatusNotification',
  connectors: readonly Connector[],
): void {
  const quietly = (sending: Promise<unknown>) => void sending.catch(() => undefined);
  switch (message) {
    case 'BootNotification':
      quietly(station.bootAgain());
      return;
    case 'Heartbeat':
      quietly(heartbeat(station, { beforeAccepted: true }));
      return;
    case 'MeterValues':
      for (const connector of connectors) if (connector.id > 0) quietly(station.charging.triggeredValues(connector));
      return;
    case 'StatusNotification':
      for (const connector of connectors) quietly(statusNotification(station, connector, { beforeAccepted: true }));
      return;
  }
}

/** The plain message has fewer statuses than the signed one: what it cannot say is Idle. */
export function triggerFirmwareStatus(station: SimulatedStation16): void {
  const { status, requestId } = station.firmware;
  const known = requestId === undefined && status !== 'Idle';
  firmwareStatusNotification(station, known && isPlainFirmwareStatus(status) ? status : 'Idle');
}
