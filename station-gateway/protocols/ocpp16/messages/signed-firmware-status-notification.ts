import { readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp16Message } from '../message.ts';

/** SignedFirmwareStatusNotification (security extension §5.20): how an update with signed firmware goes. */
export const signedFirmwareStatusNotification: Ocpp16Message<'SignedFirmwareStatusNotification'> = {
  action: 'SignedFirmwareStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    const requestId = readRequestId(request.requestId);
    await exchange.port.firmwareStatusChanged({ origin: exchange.origin(), status, requestId });
    return {};
  },
};
