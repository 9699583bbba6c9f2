import type { SimulatedStation201 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/** PublishFirmwareStatusNotification (OCPP 2.0.1, L03); kept for later while the station is offline. */
export function publishFirmwareStatusNotification(
  station: SimulatedStation201,
  report: StationRequest<'PublishFirmwareStatusNotification'>,
): void {
  station.notify('PublishFirmwareStatusNotification', report);
}
