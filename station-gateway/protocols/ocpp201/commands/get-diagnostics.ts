import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { OneWayMapping } from '../../ocpp-j/mapping.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { getLog } from './get-log.ts';

/** GetLog for the diagnostics log: what 1.6 calls GetDiagnostics. Read back, it is get-log. */
export const getDiagnostics: OneWayMapping<StationCommandOf<'get-diagnostics'>, Ocpp201Request<'GetLog'>> = {
  command: 'get-diagnostics',
  action: 'GetLog',
  toCalls: ({ payload: { requestId, ...payload } }) =>
    requestId === undefined
      ? NO_REQUEST_ID
      : getLog.toCalls({ action: 'get-log', payload: { ...payload, requestId, logType: 'DiagnosticsLog' } }),
  toOutcome: (answers, { payload }) =>
    getLog.toOutcome(answers, { action: 'get-log', payload: { ...payload, logType: 'DiagnosticsLog' } }),
};
