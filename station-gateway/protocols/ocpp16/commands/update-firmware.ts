import { byContent } from '../../ocpp-j/outcome.ts';
import { toUtc } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** UpdateFirmware (OCPP 1.6 §6.55). The answer is empty: the station tells the rest in FirmwareStatusNotification. */
export const updateFirmware: Ocpp16Command<'update-firmware', 'UpdateFirmware'> = {
  command: 'update-firmware',
  action: 'UpdateFirmware',
  toCalls: ({ payload }) => [
    {
      location: payload.location,
      retries: payload.retries,
      retrieveDate: toUtc(payload.retrieveAt),
      retryInterval: payload.retryIntervalSeconds,
    },
  ],
  toOutcome: byContent(() => true),
  fromPayload: ({ location, retries, retrieveDate, retryInterval }) => ({
    action: 'update-firmware',
    payload: { location, retrieveAt: toUtc(retrieveDate), retries, retryIntervalSeconds: retryInterval },
  }),
};
