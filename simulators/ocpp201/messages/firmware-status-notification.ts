import type { SimulatedStation201 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/**
 * FirmwareStatusNotification (OCPP 2.0.1, L01); kept for later while the station is offline.
 *
 * @param requestId of the request that it reports about; absent with status Idle
 */
export function firmwareStatusNotification(
  station: SimulatedStation201,
  status: StationRequest<'FirmwareStatusNotification'>['status'],
  requestId?: number,
): void {
  station.notify('FirmwareStatusNotification', requestId === undefined ? { status } : { status, requestId });
}
