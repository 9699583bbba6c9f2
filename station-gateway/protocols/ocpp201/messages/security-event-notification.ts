import { readName, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';

/** SecurityEventNotification (OCPP 2.0.1 Part 2 §1.51; A04): something that concerns the station's security happened. */
export const securityEventNotification: Ocpp201Message<'SecurityEventNotification'> = {
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
