import type { VariableSetResult } from '@voltpile/csms/contract/station-link';
import { FLAT_COMPONENT } from '@voltpile/csms/contract/station-port';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { asFields } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp16Command } from '../command.ts';
import { findUnflat } from '../values/flat-names.ts';

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
  toCalls: ({ payload: { variables } }) =>
    findUnflat(variables) ?? variables.map(({ variable, value }) => ({ key: variable, value })),
  toOutcome: (answers, { payload }) => {
    const parts = answers.map((answer) => ({ answer, ...outcomeOfOne([answer]) }));
    const results = parts.map(({ response }, index) => ({
      variable: payload.variables[index]?.variable,
      ...asFields(response),
    }));
    const own = payload.variables.length === 1 && answers[0].kind === 'result' ? asFields(answers[0].payload) : {};
    return {
      status: worstStatus(parts),
      response: { ...own, results },
      facts: {
        kind: 'variables-set',
        results: answers.flatMap((answer, index) => toResult(answer, payload.variables[index]) ?? []),
      },
    };
  },
  fromPayload: ({ key, value }) => ({
    action: 'set-variables',
    payload: { variables: [{ variable: key, value }] },
  }),
};

const STATUSES: ReadonlyMap<unknown, VariableSetResult['status']> = new Map<unknown, VariableSetResult['status']>([
  ['Accepted', 'Accepted'],
  ['RebootRequired', 'RebootRequired'],
  ['Rejected', 'Rejected'],
  ['NotSupported', 'UnknownVariable'],
]);

function toResult(
  answer: CallOutcome,
  sent: { readonly variable: string; readonly value: string } | undefined,
): VariableSetResult | undefined {
  const status = answer.kind === 'result' ? STATUSES.get(asFields(answer.payload).status) : undefined;
  if (status === undefined || sent === undefined) return undefined;
  const { variable, value } = sent;
  return { component: { name: FLAT_COMPONENT }, variable: { name: variable }, attributeType: 'Actual', value, status };
}
