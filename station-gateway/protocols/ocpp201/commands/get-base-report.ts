import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Command } from '../command.ts';
import { outcomeOfReport } from '../values/report-answer.ts';

/** GetBaseReport (OCPP 2.0.1 Part 2 §1.19; B07). An empty result is an answer as well; the parts come as NotifyReport. */
export const getBaseReport: Ocpp201Command<'get-base-report', 'GetBaseReport'> = {
  command: 'get-base-report',
  action: 'GetBaseReport',
  toCalls: ({ payload: { requestId, reportBase } }) =>
    requestId === undefined ? NO_REQUEST_ID : [{ requestId, reportBase }],
  toOutcome: outcomeOfReport,
  fromPayload: ({ requestId, reportBase }) => ({ action: 'get-base-report', payload: { requestId, reportBase } }),
};
