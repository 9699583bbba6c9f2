import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UnpublishFirmware (OCPP 2.0.1, L04). */
export function unpublishFirmware(
  station: SimulatedStation201,
  request: CentralRequest<'UnpublishFirmware'>,
): CommandAnswer<'UnpublishFirmware'> {
  return { response: { status: station.publishedFirmware.unpublish(request.checksum) } };
}
