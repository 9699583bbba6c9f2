import type { SimulatedStation16 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/** FirmwareStatusNotification (OCPP 1.6, 4.5); kept for later while the station is offline. */
export function firmwareStatusNotification(
  station: SimulatedStation16,
  status: StationRequest<'FirmwareStatusNotification'>['status'],
): void {
  station.notify('FirmwareStatusNotification', { status });
}
