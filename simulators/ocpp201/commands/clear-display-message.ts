import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ClearDisplayMessage (OCPP 2.0.1, O05). */
export function clearDisplayMessage(
  station: SimulatedStation201,
  request: CentralRequest<'ClearDisplayMessage'>,
): CommandAnswer<'ClearDisplayMessage'> {
  return { response: { status: station.display.clear(request.id) ? 'Accepted' : 'Unknown' } };
}
