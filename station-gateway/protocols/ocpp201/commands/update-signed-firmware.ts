import type { StationCommand, StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { Mapping } from '../../ocpp-j/mapping.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { NO_REQUEST_ID } from '../../ocpp-j/values/request-id.ts';
import { toUtc, toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import { updateFirmware } from './update-firmware.ts';

/** UpdateFirmware with a signature (OCPP 2.0.1 Part 2 §1.65; L01). Read back, a message without one is update-firmware. */
export const updateSignedFirmware: Mapping<
  StationCommandOf<'update-signed-firmware'>,
  Ocpp201Request<'UpdateFirmware'>
> = {
  command: 'update-signed-firmware',
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
          signingCertificate: payload.signingCertificate,
          signature: payload.signature,
        },
      },
    ];
  },
  toOutcome: byStatus('Accepted', 'AcceptedCanceled'),
  fromPayload: (request): StationCommandOf<'update-signed-firmware'> => {
    const { requestId, retries, retryInterval, firmware } = request;
    const { signingCertificate, signature } = firmware;
    if (signingCertificate === undefined || signature === undefined) {
      // The table reads an action as its first command, whichever of the two it turns out to be.
      return updateFirmware.fromPayload(request) as StationCommand as StationCommandOf<'update-signed-firmware'>;
    }
    return {
      action: 'update-signed-firmware',
      payload: {
        requestId,
        location: firmware.location,
        retrieveAt: toUtc(firmware.retrieveDateTime),
        installAt: toUtcIfGiven(firmware.installDateTime),
        signingCertificate,
        signature,
        retries,
        retryIntervalSeconds: retryInterval,
      },
    };
  },
};
