import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toUploadFacts } from '../../ocpp-j/values/answers.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp201Command } from '../command.ts';

/** GetLog (OCPP 2.0.1 Part 2 §1.26; N01). AcceptedCanceled means accepted: an upload that was under way gave way. */
export const getLog: Ocpp201Command<'get-log', 'GetLog'> = {
  command: 'get-log',
  action: 'GetLog',
  toCalls: ({ payload }) => {
    const { requestId, logType, location, oldest, latest, retries, retryIntervalSeconds } = payload;
    if (requestId === undefined) return NO_REQUEST_ID;
    return [
      {
        requestId,
        logType,
        retries,
        retryInterval: retryIntervalSeconds,
        log: {
          remoteLocation: location,
          oldestTimestamp: toUtcIfGiven(oldest),
          latestTimestamp: toUtcIfGiven(latest),
        },
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
