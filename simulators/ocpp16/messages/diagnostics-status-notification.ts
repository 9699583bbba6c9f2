import type { SimulatedStation16 } from '../station.ts';
import type { StationRequest } from '../types.ts';

/** DiagnosticsStatusNotification (OCPP 1.6, 4.4); kept for later while the station is offline. */
export function diagnosticsStatusNotification(
  station: SimulatedStation16,
  status: StationRequest<'DiagnosticsStatusNotification'>['status'],
): void {
  station.notify('DiagnosticsStatusNotification', { status });
}
