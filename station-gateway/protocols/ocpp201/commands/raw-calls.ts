import type { StationCommand } from '@voltpile/csms/contract/commands';
import { OCPP201_ACTIONS } from '@voltpile/ocpp/actions/ocpp201';
import type { Mapping } from '../../ocpp-j/mapping.ts';
import { byContent, byStatus } from '../../ocpp-j/outcome.ts';

type RawCall = Extract<StationCommand, { action: 'raw-call' }>;

/** Words by which a station says yes, over all answers that have a status. */
const accepted = byStatus(
  'Accepted',
  'AcceptedCanceled',
  'Scheduled',
  'Unlocked',
  'Unpublished',
  'NoProfiles',
  'EmptyResultSet',
);
/** An answer without a status says yes by being there. */
const answered = byContent(() => true);

/**
 * Every action that we may send, as it is: for those that have no neutral twin (costs, customer information, messages on a display, network
 * profiles, published firmware, vendor data), and for payloads that say more than the twin can.
 *
 * SetVariables goes by its twin only: it may change the station's password, which the domain has to know before the station does, or it
 * would lock the station out.
 */
export const rawCalls: readonly Mapping<RawCall, unknown>[] = OCPP201_ACTIONS.filter(
  ({ action, direction }) => direction !== 'from-station' && action !== 'SetVariables',
).map(({ action }) => ({
  command: 'raw-call',
  action,
  toCalls: ({ payload }) =>
    payload.action === action
      ? [payload.payload]
      : { unsendable: `OCPP 2.0.1 cannot send ${payload.action.slice(0, 50)} as it is.` },
  toOutcome: (answers) => {
    const [first] = answers;
    const hasStatus =
      first.kind === 'result' &&
      typeof first.payload === 'object' &&
      first.payload !== null &&
      'status' in first.payload;
    return hasStatus ? accepted(answers) : answered(answers);
  },
  fromPayload: (payload) => ({ action: 'raw-call', payload: { action, payload } }),
}));
