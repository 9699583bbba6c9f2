import { asFields, asList } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';

/** NotifyDisplayMessages (OCPP 2.0.1 Part 2 §1.35; O03): a part of the messages that a station shows. */
export const notifyDisplayMessages: Ocpp201Message<'NotifyDisplayMessages'> = {
  action: 'NotifyDisplayMessages',
  isTransactional: false,
  isStoredOnly: true,
  async handle(request, exchange) {
    const requestId = readRequestId(request.requestId);
    if (requestId === undefined) return null;
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'display-messages',
      detail: {
        requestId,
        toBeContinued: request.tbc === true,
        messages: asList(request.messageInfo).map(asFields),
      },
    });
    return {};
  },
};
