import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetLog (security extension): a newer request cancels a running upload. */
export function getLog(station: SimulatedStation16, request: CentralRequest<'GetLog'>): CommandAnswer<'GetLog'> {
  const { filename, cancelled } = station.diagnostics.getLog(request);
  return { response: { status: cancelled ? 'AcceptedCanceled' : 'Accepted', filename } };
}
