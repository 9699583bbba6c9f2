import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetLog (OCPP 2.0.1, N01): a newer request cancels a running upload. */
export function getLog(station: SimulatedStation201, request: CentralRequest<'GetLog'>): CommandAnswer<'GetLog'> {
  const { filename, cancelled } = station.logs.upload(request);
  return { response: { status: cancelled ? 'AcceptedCanceled' : 'Accepted', filename } };
}
