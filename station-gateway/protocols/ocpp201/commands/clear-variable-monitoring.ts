import { chunked } from '../../ocpp-j/chunks.ts';
import { judgeLists } from '../../ocpp-j/list-answers.ts';
import type { Ocpp201Command } from '../command.ts';

/**
 * ClearVariableMonitoring (OCPP 2.0.1 Part 2 §1.9; N06), in as many messages as the station needs. Accepted when none of the monitors is
 * left: one that was not there is gone as well.
 */
export const clearVariableMonitoring: Ocpp201Command<'clear-variable-monitoring', 'ClearVariableMonitoring'> = {
  command: 'clear-variable-monitoring',
  action: 'ClearVariableMonitoring',
  toCalls: ({ payload: { ids }, itemsPerMessage }) => chunked(ids, itemsPerMessage).map((part) => ({ id: part })),
  toOutcome: (answers, { payload: { ids }, itemsPerMessage }) => {
    const asked = chunked(ids, itemsPerMessage).map((part) => part.length);
    const isGone = ({ status }: Readonly<Record<string, unknown>>) => status === 'Accepted' || status === 'NotFound';
    const { status, response, lists } = judgeLists(answers, 'clearMonitoringResult', asked, isGone);
    return { status, response, facts: { kind: 'monitors-cleared', results: lists.flat() } };
  },
  fromPayload: ({ id }) => ({ action: 'clear-variable-monitoring', payload: { ids: id } }),
};
