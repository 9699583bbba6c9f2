import { readName, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';

/** SecurityEventNotification (security extension §5.17): something that concerns the station's security happened. */
export const securityEventNotification: Ocpp16Message<'SecurityEventNotification'> = {
  action: 'SecurityEventNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const type = readName(request.type);
    if (type === undefined) return null;
    await exchange.port.securityEventReported({
      origin: exchange.origin(),
      type,
      timestamp: readTime(request.timestamp),
      techInfo: readName(request.techInfo),
    });
    return {};
  },
};
