import { readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';

/** LogStatusNotification (OCPP 2.0.1 Part 2 §1.31; N01): how the upload of a log goes. */
export const logStatusNotification: Ocpp201Message<'LogStatusNotification'> = {
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
