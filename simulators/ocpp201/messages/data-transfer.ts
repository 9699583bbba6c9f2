import type { SimulatedStation201 } from '../station.ts';
import type { StationRequest, StationResponse } from '../types.ts';

/** DataTransfer from the station (OCPP 2.0.1, P02). */
export function dataTransfer(
  station: SimulatedStation201,
  request: StationRequest<'DataTransfer'>,
): Promise<StationResponse<'DataTransfer'>> {
  return station.call('DataTransfer', request);
}
