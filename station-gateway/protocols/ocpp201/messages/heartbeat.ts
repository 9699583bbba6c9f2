import { toIso } from '@voltpile/kernel/clock';
import type { Ocpp201Message } from '../message.ts';

/** Heartbeat (OCPP 2.0.1 Part 2 §1.29; G02): still there, and what time is it? */
export const heartbeat: Ocpp201Message<'Heartbeat'> = {
  action: 'Heartbeat',
  isTransactional: false,
  async handle(_request, exchange) {
    // Presence may be lost, so the answer does not wait for it: a station must not leave because the domain is away.
    exchange.port.heartbeat(exchange.origin()).catch(() => undefined);
    return { currentTime: toIso(exchange.clock.now()) };
  },
};
