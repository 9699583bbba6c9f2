import type { SimulatedStation16 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/**
 * LogStatusNotification (security extension); kept for later while the station is offline.
 *
 * @param requestId of the request that it reports about; absent with status Idle
 */
export function logStatusNotification(
  station: SimulatedStation16,
  status: StationRequest<'LogStatusNotification'>['status'],
  requestId?: number,
): void {
  station.notify('LogStatusNotification', requestId === undefined ? { status } : { status, requestId });
}
