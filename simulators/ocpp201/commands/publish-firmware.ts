import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** PublishFirmware (OCPP 2.0.1, L03). */
export function publishFirmware(
  station: SimulatedStation201,
  request: CentralRequest<'PublishFirmware'>,
): CommandAnswer<'PublishFirmware'> {
  return { response: { status: 'Accepted' }, afterwards: () => station.publishedFirmware.publish(request) };
}
