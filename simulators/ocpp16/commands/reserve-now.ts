import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** ReserveNow (OCPP 1.6, 5.13); connector 0 keeps any one connector free. */
export function reserveNow(
  station: SimulatedStation,
  request: CentralRequest<'ReserveNow'>,
): CommandAnswer<'ReserveNow'> {
  return { response: { status: station.reservations.reserve(request) } };
}
