import type { SimulatedStation16 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/**
 * SignedFirmwareStatusNotification (security extension); kept for later while the station is offline.
 *
 * @param requestId of the request that it reports about; absent with status Idle
 */
export function signedFirmwareStatusNotification(
  station: SimulatedStation16,
  status: StationRequest<'SignedFirmwareStatusNotification'>['status'],
  requestId?: number,
): void {
  station.notify('SignedFirmwareStatusNotification', requestId === undefined ? { status } : { status, requestId });
}
