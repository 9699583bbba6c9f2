import { byContent } from '../../ocpp-j/outcome.ts';
import { toUtc } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** UpdateFirmware (OCPP 1.6 §6.55). The answer is empty: the station tells the rest in FirmwareStatusNotification. */
export const updateFirmware: Ocpp16Command<'update-firmware', 'UpdateFirmware'> = {
  command: 'update-firmware',
  action: 'UpdateFirmware',
  toCalls: ({ payload: { location, retries, retrieveAt, installAt, retryIntervalSeconds } }) =>
    installAt === undefined
      ? [{ location, retries, retrieveDate: toUtc(retrieveAt), retryInterval: retryIntervalSeconds }]
      : { unsendable: 'OCPP 1.6 installs as soon as it has the firmware; only signed updates take a time.' },
  toOutcome: byContent(() => true),
  fromPayload: ({ location, retries, retrieveDate, retryInterval }) => ({
    action: 'update-firmware',
    payload: { location, retrieveAt: toUtc(retrieveDate), retries, retryIntervalSeconds: retryInterval },
  }),
};
