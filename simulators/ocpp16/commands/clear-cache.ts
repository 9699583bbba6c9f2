import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearCache (OCPP 1.6, 5.5). */
export function clearCache(
  station: SimulatedStation16,
  _request: CentralRequest<'ClearCache'>,
): CommandAnswer<'ClearCache'> {
  return { response: { status: station.authorization.cache.clear() ? 'Accepted' : 'Rejected' } };
}
