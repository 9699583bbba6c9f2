import type { FirmwareStatus } from '../station/firmware.ts';
import type { StationRequest } from './types.ts';

type PlainStatus = StationRequest<'FirmwareStatusNotification'>['status'];

const PLAIN_STATUSES: readonly string[] = [
  'Downloaded',
  'DownloadFailed',
  'Downloading',
  'Idle',
  'InstallationFailed',
  'Installing',
  'Installed',
] satisfies PlainStatus[];

/** Whether the plain FirmwareStatusNotification knows a status. */
export function isPlainFirmwareStatus(status: FirmwareStatus): status is PlainStatus & FirmwareStatus {
  return PLAIN_STATUSES.includes(status);
}
