import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetLocalListVersion (OCPP 1.6, 5.10): 0 for an empty list, −1 when lists are off. */
export function getLocalListVersion(
  station: SimulatedStation16,
  _request: CentralRequest<'GetLocalListVersion'>,
): CommandAnswer<'GetLocalListVersion'> {
  const { localList } = station.authorization;
  return { response: { listVersion: localList.isEnabled ? localList.version : -1 } };
}
