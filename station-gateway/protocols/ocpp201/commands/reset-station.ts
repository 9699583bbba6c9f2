import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** Reset (OCPP 2.0.1 Part 2 §1.50; B11, B12). Scheduled means that it follows when the running transactions have ended. */
export const resetStation: Ocpp201Command<'reset-station', 'Reset'> = {
  command: 'reset-station',
  action: 'Reset',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted', 'Scheduled'),
  fromPayload: ({ type, evseId }) => ({ action: 'reset-station', payload: { type, evseId } }),
};
