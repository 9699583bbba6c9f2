import type { ConnectorStatus } from '@voltpile/csms/contract/station-port';

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

/** The neutral status; undefined for a word that 1.6 does not have. */
export function toConnectorStatus(status: string): ConnectorStatus | undefined {
  return STATUSES.get(status);
}
