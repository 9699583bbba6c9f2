import { byStatus } from '../../ocpp-j/outcome.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtc, toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp201Command } from '../command.ts';

/** UpdateFirmware without a signature (OCPP 2.0.1 Part 2 §1.65; L02). AcceptedCanceled means accepted: an update that was under way gave way. */
export const updateFirmware: Ocpp201Command<'update-firmware', 'UpdateFirmware'> = {
  command: 'update-firmware',
  action: 'UpdateFirmware',
  toCalls: ({ payload }) => {
    const { requestId, location, retrieveAt, installAt, retries, retryIntervalSeconds } = payload;
    if (requestId === undefined) return NO_REQUEST_ID;
    return [
      {
        requestId,
        retries,
        retryInterval: retryIntervalSeconds,
        firmware: {
          location,
          retrieveDateTime: toUtc(retrieveAt),
          installDateTime: toUtcIfGiven(installAt),
        },
      },
    ];
  },
  toOutcome: byStatus('Accepted', 'AcceptedCanceled'),
  fromPayload: ({ requestId, retries, retryInterval, firmware }) => ({
    action: 'update-firmware',
    payload: {
      requestId,
      location: firmware.location,
      retrieveAt: toUtc(firmware.retrieveDateTime),
      installAt: toUtcIfGiven(firmware.installDateTime),
      retries,
      retryIntervalSeconds: retryInterval,
    },
  }),
};
