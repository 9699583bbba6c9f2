import { chunked, DEFAULT_ITEMS_PER_MESSAGE } from '../../ocpp-j/chunks.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromVariable, toComponent } from '../values/component-names.ts';

const outcomeOfOne = byContent(({ setMonitoringResult }) => Array.isArray(setMonitoringResult));

/** SetVariableMonitoring (OCPP 2.0.1 Part 2 §1.57; N04), in as many messages as the station needs. Accepted when every monitor was set. */
export const setVariableMonitoring: Ocpp201Command<'set-variable-monitoring', 'SetVariableMonitoring'> = {
  command: 'set-variable-monitoring',
  action: 'SetVariableMonitoring',
  toCalls: ({ payload: { monitors }, itemsPerMessage }) =>
    chunked(
      monitors.map(({ component, variable, instance, id, type, value, severity, transaction }) => ({
        component: toComponent(component),
        variable: { name: variable, instance },
        id,
        type,
        value,
        severity,
        transaction,
      })),
      itemsPerMessage ?? DEFAULT_ITEMS_PER_MESSAGE,
    ).map((part) => ({ setMonitoringData: part })),
  toOutcome: (answers) => {
    const listOf = (answer: { readonly payload?: unknown }) =>
      asList(asFields(answer.payload).setMonitoringResult).map(asFields);
    const parts = answers.map((answer) => {
      const outcome = outcomeOfOne([answer]);
      const areSet = answer.kind === 'result' && listOf(answer).every(({ status }) => status === 'Accepted');
      return {
        answer,
        ...outcome,
        status: outcome.status === 'accepted' && !areSet ? ('rejected' as const) : outcome.status,
      };
    });
    const results = answers.flatMap((answer) => (answer.kind === 'result' ? listOf(answer) : []));
    const problem = parts.find(({ answer }) => answer.kind !== 'result');
    const response = { ...(problem === undefined ? {} : asFields(problem.response)), setMonitoringResult: results };
    return { status: worstStatus(parts), response, facts: { kind: 'monitors-set', results } };
  },
  fromPayload: ({ setMonitoringData }) => ({
    action: 'set-variable-monitoring',
    payload: {
      monitors: setMonitoringData.map(({ component, variable, id, type, value, severity, transaction }) => ({
        ...fromVariable({ component, variable }),
        id,
        type,
        value,
        severity,
        transaction,
      })),
    },
  }),
};
