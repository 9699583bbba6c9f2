import { readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp16Message } from '../message.ts';

/** LogStatusNotification (security extension §5.9): how the upload of a log goes. */
export const logStatusNotification: Ocpp16Message<'LogStatusNotification'> = {
  action: 'LogStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    const requestId = readRequestId(request.requestId);
    await exchange.port.logStatusChanged({ origin: exchange.origin(), status, requestId });
    return {};
  },
};
