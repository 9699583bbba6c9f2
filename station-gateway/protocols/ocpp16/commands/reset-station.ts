import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** Reset (OCPP 1.6 §6.39). Both end running transactions; a hard one does not ask first. */
export const resetStation: Ocpp16Command<'reset-station', 'Reset'> = {
  command: 'reset-station',
  action: 'Reset',
  toCalls: ({ payload }) =>
    payload.evseId === undefined
      ? [{ type: payload.type === 'Immediate' ? 'Hard' : 'Soft' }]
      : { unsendable: 'OCPP 1.6 resets the whole station only.' },
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ type }) => ({ action: 'reset-station', payload: { type: type === 'Hard' ? 'Immediate' : 'OnIdle' } }),
};
