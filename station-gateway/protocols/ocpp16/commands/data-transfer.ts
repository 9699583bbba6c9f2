import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { Mapping } from '../../ocpp-j/mapping.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';

type RawCall = Extract<StationCommand, { action: 'raw-call' }>;

/** DataTransfer (OCPP 1.6 §6.15), the one action without a neutral twin: it travels as a raw call. */
export const dataTransfer: Mapping<RawCall, unknown> = {
  command: 'raw-call',
  action: 'DataTransfer',
  toCalls: ({ payload }) =>
    payload.action === 'DataTransfer'
      ? [payload.payload]
      : { unsendable: 'Only DataTransfer can be sent as it is; every other action has a command of its own.' },
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'raw-call', payload: { action: 'DataTransfer', payload } }),
};
