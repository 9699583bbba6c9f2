import type { ActionEntry } from './types.ts';

/**
 * Every action of OCPP 1.6 edition 2 (feature profiles: §3.3) and of the security extension ("Improved security for OCPP 1.6-J"
 * edition 3): 9 from the station, 18 to the station, DataTransfer both ways, and 4 + 7 for security.
 */
export const OCPP16_ACTIONS = [
  { action: 'Authorize', direction: 'from-station', feature: 'core' },
  { action: 'BootNotification', direction: 'from-station', feature: 'core' },
  { action: 'ChangeAvailability', direction: 'to-station', feature: 'core' },
  { action: 'ChangeConfiguration', direction: 'to-station', feature: 'core' },
  { action: 'ClearCache', direction: 'to-station', feature: 'core' },
  { action: 'DataTransfer', direction: 'both', feature: 'core' },
  { action: 'GetConfiguration', direction: 'to-station', feature: 'core' },
  { action: 'Heartbeat', direction: 'from-station', feature: 'core' },
  { action: 'MeterValues', direction: 'from-station', feature: 'core' },
  { action: 'RemoteStartTransaction', direction: 'to-station', feature: 'core' },
  { action: 'RemoteStopTransaction', direction: 'to-station', feature: 'core' },
  { action: 'Reset', direction: 'to-station', feature: 'core' },
  { action: 'StartTransaction', direction: 'from-station', feature: 'core' },
  { action: 'StatusNotification', direction: 'from-station', feature: 'core' },
  { action: 'StopTransaction', direction: 'from-station', feature: 'core' },
  { action: 'UnlockConnector', direction: 'to-station', feature: 'core' },
  { action: 'DiagnosticsStatusNotification', direction: 'from-station', feature: 'firmware-management' },
  { action: 'FirmwareStatusNotification', direction: 'from-station', feature: 'firmware-management' },
  { action: 'GetDiagnostics', direction: 'to-station', feature: 'firmware-management' },
  { action: 'UpdateFirmware', direction: 'to-station', feature: 'firmware-management' },
  { action: 'GetLocalListVersion', direction: 'to-station', feature: 'local-auth-list-management' },
  { action: 'SendLocalList', direction: 'to-station', feature: 'local-auth-list-management' },
  { action: 'CancelReservation', direction: 'to-station', feature: 'reservation' },
  { action: 'ReserveNow', direction: 'to-station', feature: 'reservation' },
  { action: 'ClearChargingProfile', direction: 'to-station', feature: 'smart-charging' },
  { action: 'GetCompositeSchedule', direction: 'to-station', feature: 'smart-charging' },
  { action: 'SetChargingProfile', direction: 'to-station', feature: 'smart-charging' },
  { action: 'TriggerMessage', direction: 'to-station', feature: 'remote-trigger' },
  { action: 'CertificateSigned', direction: 'to-station', feature: 'security' },
  { action: 'DeleteCertificate', direction: 'to-station', feature: 'security' },
  { action: 'ExtendedTriggerMessage', direction: 'to-station', feature: 'security' },
  { action: 'GetInstalledCertificateIds', direction: 'to-station', feature: 'security' },
  { action: 'GetLog', direction: 'to-station', feature: 'security' },
  { action: 'InstallCertificate', direction: 'to-station', feature: 'security' },
  { action: 'LogStatusNotification', direction: 'from-station', feature: 'security' },
  { action: 'SecurityEventNotification', direction: 'from-station', feature: 'security' },
  { action: 'SignCertificate', direction: 'from-station', feature: 'security' },
  { action: 'SignedFirmwareStatusNotification', direction: 'from-station', feature: 'security' },
  { action: 'SignedUpdateFirmware', direction: 'to-station', feature: 'security' },
] as const satisfies readonly ActionEntry[];

type Row = (typeof OCPP16_ACTIONS)[number];

export type Ocpp16Action = Row['action'];
/** Actions that a station sends. */
export type Ocpp16StationAction = Exclude<Row, { direction: 'to-station' }>['action'];
/** Actions that we send. */
export type Ocpp16CsmsAction = Exclude<Row, { direction: 'from-station' }>['action'];

const BY_NAME: ReadonlyMap<string, ActionEntry> = new Map(OCPP16_ACTIONS.map((entry) => [entry.action, entry]));

/** The row of an action; undefined when 1.6 has none of that name. */
export function findOcpp16Action(action: string): ActionEntry | undefined {
  return BY_NAME.get(action);
}
