import type { ActionEntry } from './types.ts';

/** Every action of OCPP 2.0.1 edition 3, by functional block (Part 2 §A–P): 24 from the station, 39 to the station, DataTransfer both ways. */
export const OCPP201_ACTIONS = [
  { action: 'CertificateSigned', direction: 'to-station', feature: 'security' },
  { action: 'SecurityEventNotification', direction: 'from-station', feature: 'security' },
  { action: 'SignCertificate', direction: 'from-station', feature: 'security' },
  { action: 'BootNotification', direction: 'from-station', feature: 'provisioning' },
  { action: 'GetBaseReport', direction: 'to-station', feature: 'provisioning' },
  { action: 'GetReport', direction: 'to-station', feature: 'provisioning' },
  { action: 'GetVariables', direction: 'to-station', feature: 'provisioning' },
  { action: 'Heartbeat', direction: 'from-station', feature: 'provisioning' },
  { action: 'NotifyReport', direction: 'from-station', feature: 'provisioning' },
  { action: 'Reset', direction: 'to-station', feature: 'provisioning' },
  { action: 'SetNetworkProfile', direction: 'to-station', feature: 'provisioning' },
  { action: 'SetVariables', direction: 'to-station', feature: 'provisioning' },
  { action: 'Authorize', direction: 'from-station', feature: 'authorization' },
  { action: 'ClearCache', direction: 'to-station', feature: 'authorization' },
  { action: 'GetLocalListVersion', direction: 'to-station', feature: 'local-auth-list-management' },
  { action: 'SendLocalList', direction: 'to-station', feature: 'local-auth-list-management' },
  { action: 'GetTransactionStatus', direction: 'to-station', feature: 'transactions' },
  { action: 'TransactionEvent', direction: 'from-station', feature: 'transactions' },
  { action: 'RequestStartTransaction', direction: 'to-station', feature: 'remote-control' },
  { action: 'RequestStopTransaction', direction: 'to-station', feature: 'remote-control' },
  { action: 'TriggerMessage', direction: 'to-station', feature: 'remote-control' },
  { action: 'UnlockConnector', direction: 'to-station', feature: 'remote-control' },
  { action: 'ChangeAvailability', direction: 'to-station', feature: 'availability' },
  { action: 'StatusNotification', direction: 'from-station', feature: 'availability' },
  { action: 'CancelReservation', direction: 'to-station', feature: 'reservation' },
  { action: 'ReservationStatusUpdate', direction: 'from-station', feature: 'reservation' },
  { action: 'ReserveNow', direction: 'to-station', feature: 'reservation' },
  { action: 'CostUpdated', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'MeterValues', direction: 'from-station', feature: 'meter-values' },
  { action: 'ClearChargingProfile', direction: 'to-station', feature: 'smart-charging' },
  { action: 'ClearedChargingLimit', direction: 'from-station', feature: 'smart-charging' },
  { action: 'GetChargingProfiles', direction: 'to-station', feature: 'smart-charging' },
  { action: 'GetCompositeSchedule', direction: 'to-station', feature: 'smart-charging' },
  { action: 'NotifyChargingLimit', direction: 'from-station', feature: 'smart-charging' },
  { action: 'NotifyEVChargingNeeds', direction: 'from-station', feature: 'smart-charging' },
  { action: 'NotifyEVChargingSchedule', direction: 'from-station', feature: 'smart-charging' },
  { action: 'ReportChargingProfiles', direction: 'from-station', feature: 'smart-charging' },
  { action: 'SetChargingProfile', direction: 'to-station', feature: 'smart-charging' },
  { action: 'FirmwareStatusNotification', direction: 'from-station', feature: 'firmware-management' },
  { action: 'PublishFirmware', direction: 'to-station', feature: 'firmware-management' },
  { action: 'PublishFirmwareStatusNotification', direction: 'from-station', feature: 'firmware-management' },
  { action: 'UnpublishFirmware', direction: 'to-station', feature: 'firmware-management' },
  { action: 'UpdateFirmware', direction: 'to-station', feature: 'firmware-management' },
  { action: 'DeleteCertificate', direction: 'to-station', feature: 'iso15118-certificate-management' },
  { action: 'Get15118EVCertificate', direction: 'from-station', feature: 'iso15118-certificate-management' },
  { action: 'GetCertificateStatus', direction: 'from-station', feature: 'iso15118-certificate-management' },
  { action: 'GetInstalledCertificateIds', direction: 'to-station', feature: 'iso15118-certificate-management' },
  { action: 'InstallCertificate', direction: 'to-station', feature: 'iso15118-certificate-management' },
  { action: 'ClearVariableMonitoring', direction: 'to-station', feature: 'diagnostics' },
  { action: 'CustomerInformation', direction: 'to-station', feature: 'diagnostics' },
  { action: 'GetLog', direction: 'to-station', feature: 'diagnostics' },
  { action: 'GetMonitoringReport', direction: 'to-station', feature: 'diagnostics' },
  { action: 'LogStatusNotification', direction: 'from-station', feature: 'diagnostics' },
  { action: 'NotifyCustomerInformation', direction: 'from-station', feature: 'diagnostics' },
  { action: 'NotifyEvent', direction: 'from-station', feature: 'diagnostics' },
  { action: 'NotifyMonitoringReport', direction: 'from-station', feature: 'diagnostics' },
  { action: 'SetMonitoringBase', direction: 'to-station', feature: 'diagnostics' },
  { action: 'SetMonitoringLevel', direction: 'to-station', feature: 'diagnostics' },
  { action: 'SetVariableMonitoring', direction: 'to-station', feature: 'diagnostics' },
  { action: 'ClearDisplayMessage', direction: 'to-station', feature: 'display-message' },
  { action: 'GetDisplayMessages', direction: 'to-station', feature: 'display-message' },
  { action: 'NotifyDisplayMessages', direction: 'from-station', feature: 'display-message' },
  { action: 'SetDisplayMessage', direction: 'to-station', feature: 'display-message' },
  { action: 'DataTransfer', direction: 'both', feature: 'data-transfer' },
] as const satisfies readonly ActionEntry[];

type Row = (typeof OCPP201_ACTIONS)[number];

export type Ocpp201Action = Row['action'];
/** Actions that a station sends. */
export type Ocpp201StationAction = Exclude<Row, { direction: 'to-station' }>['action'];
/** Actions that we send. */
export type Ocpp201CsmsAction = Exclude<Row, { direction: 'from-station' }>['action'];

const BY_NAME: ReadonlyMap<string, ActionEntry> = new Map(OCPP201_ACTIONS.map((entry) => [entry.action, entry]));

/** The row of an action; undefined when 2.0.1 has none of that name. */
export function findOcpp201Action(action: string): ActionEntry | undefined {
  return BY_NAME.get(action);
}
