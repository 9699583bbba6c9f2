import { pagesOf } from '../pages.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { DisplayMessage, StationRequest } from '../types.ts';

const MAX_PER_MESSAGE = 5;
const MAX_BYTES = 65_536;

/** NotifyDisplayMessages (OCPP 2.0.1, O03). */
export async function notifyDisplayMessages(
  station: SimulatedStation201,
  requestId: number,
  messages: readonly DisplayMessage[],
): Promise<void> {
  const pages = pagesOf(messages, { items: MAX_PER_MESSAGE, bytes: MAX_BYTES });
  for (const [index, page] of pages.entries()) {
    const messageInfo = page as NonNullable<StationRequest<'NotifyDisplayMessages'>['messageInfo']>;
    await station.call('NotifyDisplayMessages', { requestId, messageInfo, tbc: index < pages.length - 1 });
  }
}
