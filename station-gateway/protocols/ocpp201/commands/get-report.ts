import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromComponentVariables, toComponentVariables } from '../values/component-criteria.ts';
import { outcomeOfReport } from '../values/report-answer.ts';

/** GetReport (OCPP 2.0.1 Part 2 §1.27; B08). */
export const getReport: Ocpp201Command<'get-report', 'GetReport'> = {
  command: 'get-report',
  action: 'GetReport',
  toCalls: ({ payload: { requestId, componentCriteria, componentVariables } }) =>
    requestId === undefined
      ? NO_REQUEST_ID
      : [{ requestId, componentCriteria, componentVariable: toComponentVariables(componentVariables) }],
  toOutcome: outcomeOfReport,
  fromPayload: ({ requestId, componentCriteria, componentVariable }) => ({
    action: 'get-report',
    payload: { requestId, componentCriteria, componentVariables: fromComponentVariables(componentVariable) },
  }),
};
