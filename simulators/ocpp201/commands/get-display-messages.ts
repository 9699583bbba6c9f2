import { notifyDisplayMessages } from '../messages/notify-display-messages.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetDisplayMessages (OCPP 2.0.1, O03 and O04). */
export function getDisplayMessages(
  station: SimulatedStation201,
  request: CentralRequest<'GetDisplayMessages'>,
): CommandAnswer<'GetDisplayMessages'> {
  const messages = station.display.find(request);
  if (messages.length === 0) return { response: { status: 'Unknown' } };
  return {
    response: { status: 'Accepted' },
    afterwards: () => void notifyDisplayMessages(station, request.requestId, messages).catch(() => undefined),
  };
}
