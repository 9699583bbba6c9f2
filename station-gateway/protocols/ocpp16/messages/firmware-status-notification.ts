import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';

/** FirmwareStatusNotification (OCPP 1.6 §6.19): how an update of the firmware goes. */
export const firmwareStatusNotification: Ocpp16Message<'FirmwareStatusNotification'> = {
  action: 'FirmwareStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    await exchange.port.firmwareStatusChanged({ origin: exchange.origin(), status });
    return {};
  },
};
