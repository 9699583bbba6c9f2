import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UpdateFirmware (OCPP 1.6, 5.19). */
export function updateFirmware(
  station: SimulatedStation,
  request: CentralRequest<'UpdateFirmware'>,
): CommandAnswer<'UpdateFirmware'> {
  return { response: {}, afterwards: () => station.firmware.update(request) };
}
