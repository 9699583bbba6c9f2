import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetConfiguration (OCPP 1.6, 5.8). */
export function getConfiguration(
  station: SimulatedStation16,
  request: CentralRequest<'GetConfiguration'>,
): CommandAnswer<'GetConfiguration'> {
  return { response: station.configuration.report(request.key) };
}
