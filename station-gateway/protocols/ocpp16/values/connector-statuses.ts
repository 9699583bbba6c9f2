import type { ChargingState, ConnectorStatus } from '@voltpile/csms/contract/station-port';

/** ChargePointStatus (OCPP 1.6 §7.7) in 2.0.1 words; the finer word travels beside it as the report's `detail`. */
const STATUSES: ReadonlyMap<string, ConnectorStatus> = new Map([
  ['Available', 'Available'],
  ['Preparing', 'Occupied'],
  ['Charging', 'Occupied'],
  ['SuspendedEVSE', 'Occupied'],
  ['SuspendedEV', 'Occupied'],
  ['Finishing', 'Occupied'],
  ['Reserved', 'Reserved'],
  ['Unavailable', 'Unavailable'],
  ['Faulted', 'Faulted'],
]);

/** The same for the charge that is under way. */
const CHARGING_STATES: ReadonlyMap<string, ChargingState> = new Map([
  ['Available', 'Idle'],
  ['Preparing', 'EVConnected'],
  ['Charging', 'Charging'],
  ['SuspendedEVSE', 'SuspendedEVSE'],
  ['SuspendedEV', 'SuspendedEV'],
  ['Finishing', 'EVConnected'],
]);

/** The neutral status; undefined for a word that 1.6 does not have. */
export function toConnectorStatus(status: string): ConnectorStatus | undefined {
  return STATUSES.get(status);
}

/** How a charge goes that is under way; undefined for words that do not tell (Reserved, Unavailable, Faulted). */
export function toChargingState(status: string): ChargingState | undefined {
  return CHARGING_STATES.get(status);
}
