import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** Reset (OCPP 1.6, 5.14): Soft ends transactions properly first, Hard tells their end after the restart. */
export function reset(station: SimulatedStation16, request: CentralRequest<'Reset'>): CommandAnswer<'Reset'> {
  return {
    response: { status: 'Accepted' },
    afterwards: () => void station.reboot(request.type, 'command').catch(() => undefined),
  };
}
