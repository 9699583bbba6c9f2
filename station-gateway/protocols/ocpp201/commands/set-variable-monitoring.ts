import { chunked } from '../../ocpp-j/chunks.ts';
import { judgeLists } from '../../ocpp-j/list-answers.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromVariable, toComponent } from '../values/component-names.ts';

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
      itemsPerMessage,
    ).map((part) => ({ setMonitoringData: part })),
  toOutcome: (answers, { payload: { monitors }, itemsPerMessage }) => {
    const asked = chunked(monitors, itemsPerMessage).map((part) => part.length);
    const isSet = ({ status }: Readonly<Record<string, unknown>>) => status === 'Accepted';
    const { status, response, lists } = judgeLists(answers, 'setMonitoringResult', asked, isSet);
    return { status, response, facts: { kind: 'monitors-set', results: lists.flat() } };
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
