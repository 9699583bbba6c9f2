import { chunked, DEFAULT_ITEMS_PER_MESSAGE } from '../../ocpp-j/chunks.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp201Command } from '../command.ts';

const outcomeOfOne = byContent(({ clearMonitoringResult }) => Array.isArray(clearMonitoringResult));

/**
 * ClearVariableMonitoring (OCPP 2.0.1 Part 2 §1.9; N06), in as many messages as the station needs. Accepted when none of the monitors is
 * left: one that was not there is gone as well.
 */
export const clearVariableMonitoring: Ocpp201Command<'clear-variable-monitoring', 'ClearVariableMonitoring'> = {
  command: 'clear-variable-monitoring',
  action: 'ClearVariableMonitoring',
  toCalls: ({ payload: { ids }, itemsPerMessage }) =>
    chunked(ids, itemsPerMessage ?? DEFAULT_ITEMS_PER_MESSAGE).map((part) => ({ id: part })),
  toOutcome: (answers) => {
    const listOf = (answer: { readonly payload?: unknown }) =>
      asList(asFields(answer.payload).clearMonitoringResult).map(asFields);
    const parts = answers.map((answer) => {
      const outcome = outcomeOfOne([answer]);
      const areGone =
        answer.kind === 'result' &&
        listOf(answer).every(({ status }) => status === 'Accepted' || status === 'NotFound');
      return {
        answer,
        ...outcome,
        status: outcome.status === 'accepted' && !areGone ? ('rejected' as const) : outcome.status,
      };
    });
    const results = answers.flatMap((answer) => (answer.kind === 'result' ? listOf(answer) : []));
    const problem = parts.find(({ answer }) => answer.kind !== 'result');
    const response = { ...(problem === undefined ? {} : asFields(problem.response)), clearMonitoringResult: results };
    return { status: worstStatus(parts), response, facts: { kind: 'monitors-cleared', results } };
  },
  fromPayload: ({ id }) => ({ action: 'clear-variable-monitoring', payload: { ids: id } }),
};
