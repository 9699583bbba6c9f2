import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { asFields } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Command } from '../command.ts';

/** A variable that needs a restart to take effect is set all the same. */
const outcomeOfOne = byStatus('Accepted', 'RebootRequired');

/**
 * ChangeConfiguration (OCPP 1.6 §6.9), one for each variable, in order. One that is refused does not keep the next from being tried;
 * one without an answer does. Accepted when all were. The response has `results`, one for each variable that was tried:
 * `{variable, status}`, or `{variable, error, message}` when there was no answer; for a single variable the station's own answer
 * stands beside it.
 */
export const setVariables: Ocpp16Command<'set-variables', 'ChangeConfiguration'> = {
  command: 'set-variables',
  action: 'ChangeConfiguration',
  toCalls: ({ payload }) => payload.variables.map(({ variable, value }) => ({ key: variable, value })),
  toOutcome: (answers, { payload }) => {
    const results: object[] = [];
    let worst: CommandOutcome['status'] = 'accepted';
    let anySent = false;
    for (const [index, answer] of answers.entries()) {
      const outcome = outcomeOfOne([answer]);
      // Offline means that nothing at all was sent.
      const status = outcome.status === 'offline' && anySent ? 'unknown' : outcome.status;
      anySent ||= wasSent(answer);
      if (SEVERITY.indexOf(status) > SEVERITY.indexOf(worst)) worst = status;
      results.push({ variable: payload.variables[index]?.variable, ...asFields(outcome.response) });
    }
    const own = payload.variables.length === 1 && answers[0].kind === 'result' ? asFields(answers[0].payload) : {};
    return { status: worst, response: { ...own, results } };
  },
  fromPayload: ({ key, value }) => ({
    action: 'set-variables',
    payload: { variables: [{ variable: key, value }] },
  }),
};

/** The status of the whole is the last of these that any of its parts has. */
const SEVERITY: readonly CommandOutcome['status'][] = [
  'accepted',
  'rejected',
  'failed',
  'offline',
  'timeout',
  'unknown',
];

function wasSent(answer: CallOutcome): boolean {
  return answer.kind !== 'closed' || answer.sent;
}
