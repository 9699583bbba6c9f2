import { readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';

/** FirmwareStatusNotification (OCPP 2.0.1 Part 2 §1.17; L01): how an update goes. */
export const firmwareStatusNotification: Ocpp201Message<'FirmwareStatusNotification'> = {
  action: 'FirmwareStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    const requestId = readRequestId(request.requestId);
    await exchange.port.firmwareStatusChanged({ origin: exchange.origin(), status, requestId });
    return {};
  },
};
