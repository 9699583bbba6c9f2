import { byStatus } from '../../ocpp-j/outcome.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtc, toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** SignedUpdateFirmware (security extension §5.21). AcceptedCanceled means accepted: an update that was under way gave way. */
export const updateSignedFirmware: Ocpp16Command<'update-signed-firmware', 'SignedUpdateFirmware'> = {
  command: 'update-signed-firmware',
  action: 'SignedUpdateFirmware',
  toCalls: ({ payload }) => {
    const { requestId } = payload;
    if (requestId === undefined) return NO_REQUEST_ID;
    return [
      {
        requestId,
        firmware: {
          location: payload.location,
          retrieveDateTime: toUtc(payload.retrieveAt),
          installDateTime: toUtcIfGiven(payload.installAt),
          signingCertificate: payload.signingCertificate,
          signature: payload.signature,
        },
        retries: payload.retries,
        retryInterval: payload.retryIntervalSeconds,
      },
    ];
  },
  toOutcome: byStatus('Accepted', 'AcceptedCanceled'),
  fromPayload: ({ requestId, firmware, retries, retryInterval }) => ({
    action: 'update-signed-firmware',
    payload: {
      requestId,
      location: firmware.location,
      retrieveAt: toUtc(firmware.retrieveDateTime),
      installAt: toUtcIfGiven(firmware.installDateTime),
      signingCertificate: firmware.signingCertificate,
      signature: firmware.signature,
      retries,
      retryIntervalSeconds: retryInterval,
    },
  }),
};
