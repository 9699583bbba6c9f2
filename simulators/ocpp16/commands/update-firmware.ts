import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UpdateFirmware (OCPP 1.6, 5.19). */
export function updateFirmware(
  station: SimulatedStation16,
  request: CentralRequest<'UpdateFirmware'>,
): CommandAnswer<'UpdateFirmware'> {
  const { location, retrieveDate, retries, retryInterval } = request;
  const update = { location, retrieveAt: Date.parse(retrieveDate), retries, retrySeconds: retryInterval };
  return {
    response: {},
    afterwards: () => void station.firmware.begin({ ...update, requestId: undefined, isSigned: false }),
  };
}
