import { readText } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readReportPart } from '../values/report-part.ts';

/** NotifyCustomerInformation (OCPP 2.0.1 Part 2 §1.34; N09): a part of what a station knows about a customer. */
export const notifyCustomerInformation: Ocpp201Message<'NotifyCustomerInformation'> = {
  action: 'NotifyCustomerInformation',
  isTransactional: false,
  isStoredOnly: true,
  async handle(request, exchange) {
    const part = readReportPart(request);
    if (part === undefined) return null;
    const data = readText(request.data) ?? '';
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'customer-information',
      detail: { part, data: typeof request.data === 'string' ? request.data : data },
    });
    return {};
  },
};
