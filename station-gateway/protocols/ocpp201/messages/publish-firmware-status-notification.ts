import { readName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';

/** PublishFirmwareStatusNotification (OCPP 2.0.1 Part 2 §1.42; L03): how a local controller gets on with offering firmware to others. */
export const publishFirmwareStatusNotification: Ocpp201Message<'PublishFirmwareStatusNotification'> = {
  action: 'PublishFirmwareStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    const locations = Array.isArray(request.location) ? request.location.flatMap((each) => readName(each) ?? []) : [];
    await exchange.port.firmwareStatusChanged({
      origin: exchange.origin(),
      status,
      requestId: readRequestId(request.requestId),
      ...(locations.length === 0 ? {} : { locations }),
    });
    return {};
  },
};
