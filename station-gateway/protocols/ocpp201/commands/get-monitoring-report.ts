import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromComponentVariables, toComponentVariables } from '../values/component-criteria.ts';
import { outcomeOfReport } from '../values/report-answer.ts';

/** GetMonitoringReport (OCPP 2.0.1 Part 2 §1.26; N02). */
export const getMonitoringReport: Ocpp201Command<'get-monitoring-report', 'GetMonitoringReport'> = {
  command: 'get-monitoring-report',
  action: 'GetMonitoringReport',
  toCalls: ({ payload: { requestId, monitoringCriteria, componentVariables } }) =>
    requestId === undefined
      ? NO_REQUEST_ID
      : [{ requestId, monitoringCriteria, componentVariable: toComponentVariables(componentVariables) }],
  toOutcome: outcomeOfReport,
  fromPayload: ({ requestId, monitoringCriteria, componentVariable }) => ({
    action: 'get-monitoring-report',
    payload: { requestId, monitoringCriteria, componentVariables: fromComponentVariables(componentVariable) },
  }),
};
