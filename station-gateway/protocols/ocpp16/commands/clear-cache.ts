import type { Ocpp16Command } from '../command.ts';
import { byStatus } from '../outcome.ts';

/** ClearCache (OCPP 1.6 §6.11). */
export const clearCache: Ocpp16Command<'clear-cache', 'ClearCache'> = {
  command: 'clear-cache',
  action: 'ClearCache',
  toCalls: () => [{}],
  toOutcome: byStatus('Accepted'),
  fromPayload: () => ({ action: 'clear-cache', payload: {} }),
};
