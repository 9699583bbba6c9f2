import { COST_VENDOR, readCost } from '../shown-cost.ts';
import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DataTransfer from the central system (OCPP 1.6, 5.1). What a charge costs is shown, if the station was not told to answer otherwise. */
export function dataTransfer(
  station: SimulatedStation16,
  request: CentralRequest<'DataTransfer'>,
): CommandAnswer<'DataTransfer'> {
  const { onDataTransfer } = station.options;
  if (onDataTransfer !== undefined) return { response: onDataTransfer(request) };
  if (request.vendorId === COST_VENDOR && station.configuration.flag('CustomDisplayCostAndPrice')) {
    const cost = readCost(request);
    if (cost === undefined) return { response: { status: 'UnknownMessageId' } };
    station.shownCost = cost;
    return { response: { status: 'Accepted' } };
  }
  const isOurs = request.vendorId === station.facts.vendor;
  return { response: { status: isOurs ? 'UnknownMessageId' : 'UnknownVendorId' } };
}
