import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { OneWayMapping } from '../../ocpp-j/mapping.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toTrigger } from '../values/triggers.ts';

/** TriggerMessage in the words of the security extension of 1.6; read back, it is trigger-message. */
export const extendedTriggerMessage: OneWayMapping<
  StationCommandOf<'extended-trigger-message'>,
  Ocpp201Request<'TriggerMessage'>
> = {
  command: 'extended-trigger-message',
  action: 'TriggerMessage',
  toCalls: ({ payload: { requestedMessage, evseId } }) => {
    const message = toTrigger(requestedMessage);
    if (message === undefined) return { unsendable: `OCPP 2.0.1 cannot ask for ${requestedMessage}.` };
    return [{ requestedMessage: message, ...(evseId === undefined ? {} : { evse: { id: evseId } }) }];
  },
  toOutcome: byStatus('Accepted'),
};
