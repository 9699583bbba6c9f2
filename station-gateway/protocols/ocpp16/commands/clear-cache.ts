import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** ClearCache (OCPP 1.6 §6.11). */
export const clearCache: Ocpp16Command<'clear-cache', 'ClearCache'> = {
  command: 'clear-cache',
  action: 'ClearCache',
  toCalls: () => [{}],
  toOutcome: byStatus('Accepted'),
  fromPayload: () => ({ action: 'clear-cache', payload: {} }),
};
