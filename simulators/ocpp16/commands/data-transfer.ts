import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DataTransfer from the central system (OCPP 1.6, 5.1). */
export function dataTransfer(
  station: SimulatedStation,
  request: CentralRequest<'DataTransfer'>,
): CommandAnswer<'DataTransfer'> {
  if (station.onDataTransfer !== undefined) return { response: station.onDataTransfer(request) };
  const isOurs = request.vendorId === station.facts.vendor;
  return { response: { status: isOurs ? 'UnknownMessageId' : 'UnknownVendorId' } };
}
