import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetLocalListVersion (OCPP 2.0.1, D02): 0 when there is no list. */
export function getLocalListVersion(
  station: SimulatedStation201,
  _request: CentralRequest<'GetLocalListVersion'>,
): CommandAnswer<'GetLocalListVersion'> {
  const { localList } = station.authorization;
  return { response: { versionNumber: localList.isEnabled ? localList.version : 0 } };
}
