import type { SimulatedStation16 } from '../station.ts';
import type { StationRequest, StationResponse } from '../types.ts';

/** DataTransfer from the station (OCPP 1.6, 4.3). */
export function dataTransfer(
  station: SimulatedStation16,
  request: StationRequest<'DataTransfer'>,
): Promise<StationResponse<'DataTransfer'>> {
  return station.call('DataTransfer', request);
}
