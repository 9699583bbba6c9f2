import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DataTransfer from the central system (OCPP 1.6, 5.1). */
export function dataTransfer(
  station: SimulatedStation16,
  request: CentralRequest<'DataTransfer'>,
): CommandAnswer<'DataTransfer'> {
  const { onDataTransfer } = station.options;
  if (onDataTransfer !== undefined) return { response: onDataTransfer(request) };
  const isOurs = request.vendorId === station.facts.vendor;
  return { response: { status: isOurs ? 'UnknownMessageId' : 'UnknownVendorId' } };
}
