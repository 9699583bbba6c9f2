import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** ClearCache (OCPP 2.0.1 Part 2 §1.6; C11). */
export const clearCache: Ocpp201Command<'clear-cache', 'ClearCache'> = {
  command: 'clear-cache',
  action: 'ClearCache',
  toCalls: () => [{}],
  toOutcome: byStatus('Accepted'),
  fromPayload: () => ({ action: 'clear-cache', payload: {} }),
};
