import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SetDisplayMessage (OCPP 2.0.1, O01, O02 and O06). */
export function setDisplayMessage(
  station: SimulatedStation201,
  request: CentralRequest<'SetDisplayMessage'>,
): CommandAnswer<'SetDisplayMessage'> {
  const status = station.display.set(request.message, (id) => station.findTransaction(id) !== undefined);
  return { response: { status } };
}
