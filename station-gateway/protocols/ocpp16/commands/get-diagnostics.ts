import { withFacts } from '../../ocpp-j/facts.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { toUploadFacts } from '../../ocpp-j/values/answers.ts';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** GetDiagnostics (OCPP 1.6 §6.25). The answer has no status; without a file name there is nothing to upload. */
export const getDiagnostics: Ocpp16Command<'get-diagnostics', 'GetDiagnostics'> = {
  command: 'get-diagnostics',
  action: 'GetDiagnostics',
  toCalls: ({ payload }) => [
    {
      location: payload.location,
      retries: payload.retries,
      retryInterval: payload.retryIntervalSeconds,
      startTime: toUtcIfGiven(payload.oldest),
      stopTime: toUtcIfGiven(payload.latest),
    },
  ],
  toOutcome: withFacts(
    byContent(() => true),
    ({ fileName }) => toUploadFacts(fileName),
  ),
  fromPayload: ({ location, retries, retryInterval, startTime, stopTime }) => ({
    action: 'get-diagnostics',
    payload: {
      location,
      oldest: toUtcIfGiven(startTime),
      latest: toUtcIfGiven(stopTime),
      retries,
      retryIntervalSeconds: retryInterval,
    },
  }),
};
