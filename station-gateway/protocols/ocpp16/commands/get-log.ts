import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toUploadFacts } from '../../ocpp-j/values/answers.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** GetLog (security extension §5.8). AcceptedCanceled means accepted: an upload that was under way gave way to this one. */
export const getLog: Ocpp16Command<'get-log', 'GetLog'> = {
  command: 'get-log',
  action: 'GetLog',
  toCalls: ({ payload }) => {
    const { requestId } = payload;
    if (requestId === undefined) return NO_REQUEST_ID;
    return [
      {
        requestId,
        logType: payload.logType,
        log: {
          remoteLocation: payload.location,
          oldestTimestamp: toUtcIfGiven(payload.oldest),
          latestTimestamp: toUtcIfGiven(payload.latest),
        },
        retries: payload.retries,
        retryInterval: payload.retryIntervalSeconds,
      },
    ];
  },
  toOutcome: withFacts(byStatus('Accepted', 'AcceptedCanceled'), ({ filename }) => toUploadFacts(filename)),
  fromPayload: ({ requestId, logType, log, retries, retryInterval }) => ({
    action: 'get-log',
    payload: {
      requestId,
      logType,
      location: log.remoteLocation,
      oldest: toUtcIfGiven(log.oldestTimestamp),
      latest: toUtcIfGiven(log.latestTimestamp),
      retries,
      retryIntervalSeconds: retryInterval,
    },
  }),
};
