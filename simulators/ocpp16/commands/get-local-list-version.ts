import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetLocalListVersion (OCPP 1.6, 5.10): 0 for an empty list, −1 when lists are off. */
export function getLocalListVersion(
  station: SimulatedStation,
  _request: CentralRequest<'GetLocalListVersion'>,
): CommandAnswer<'GetLocalListVersion'> {
  return { response: { listVersion: station.authorization.localList.version } };
}
