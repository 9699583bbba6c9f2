import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DataTransfer from the central system (OCPP 2.0.1, P01). */
export function dataTransfer(
  station: SimulatedStation201,
  request: CentralRequest<'DataTransfer'>,
): CommandAnswer<'DataTransfer'> {
  const { onDataTransfer } = station.options;
  if (onDataTransfer !== undefined) {
    // `data` is anything in OCPP 2.0.1, a text too.
    return { response: onDataTransfer(request) as CommandAnswer<'DataTransfer'>['response'] };
  }
  const isOurs = request.vendorId === station.facts.vendor;
  return { response: { status: isOurs ? 'UnknownMessageId' : 'UnknownVendorId' } };
}
