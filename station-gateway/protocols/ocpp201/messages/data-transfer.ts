import type { DataTransferDecision } from '@voltpile/csms/contract/station-port';
import type { Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';

const STATUSES: Readonly<Record<DataTransferDecision['status'], Ocpp201Response<'DataTransfer'>['status']>> = {
  accepted: 'Accepted',
  rejected: 'Rejected',
  'unknown-message': 'UnknownMessageId',
  'unknown-vendor': 'UnknownVendorId',
};

/** DataTransfer (OCPP 2.0.1 Part 2 §1.15; P02): something of a vendor's own, in any JSON. A vendor nobody knows is an answer, not an error. */
export const dataTransfer: Ocpp201Message<'DataTransfer'> = {
  action: 'DataTransfer',
  isTransactional: false,
  async handle(request, exchange) {
    const vendorId = readName(request.vendorId);
    if (vendorId === undefined) return null;
    const { data } = request;
    const decision = await exchange.port.dataTransferred({
      origin: exchange.origin(),
      vendorId,
      messageId: readName(request.messageId),
      data: data === undefined || data === null ? undefined : typeof data === 'string' ? data : JSON.stringify(data),
    });
    const status = STATUSES[decision.status];
    // The schema takes any JSON; the generated type thinks of objects only.
    const answer = decision.data as unknown as Ocpp201Response<'DataTransfer'>['data'];
    return answer === undefined ? { status } : { status, data: answer };
  },
};
