import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearCache (OCPP 2.0.1, C11). */
export function clearCache(
  station: SimulatedStation201,
  _request: CentralRequest<'ClearCache'>,
): CommandAnswer<'ClearCache'> {
  return { response: { status: station.authorization.cache.clear() ? 'Accepted' : 'Rejected' } };
}
