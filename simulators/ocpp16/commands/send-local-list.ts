import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SendLocalList (OCPP 1.6, 5.15). */
export function sendLocalList(
  station: SimulatedStation,
  request: CentralRequest<'SendLocalList'>,
): CommandAnswer<'SendLocalList'> {
  return { response: { status: station.authorization.localList.update(request) } };
}
