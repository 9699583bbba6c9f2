import type { DataTransferDecision } from '@voltpile/csms/contract/station-port';
import type { Ocpp16Response } from '@voltpile/ocpp/actions/ocpp16-payloads';
import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';

const STATUSES: Readonly<Record<DataTransferDecision['status'], Ocpp16Response<'DataTransfer'>['status']>> = {
  accepted: 'Accepted',
  rejected: 'Rejected',
  'unknown-message': 'UnknownMessageId',
  'unknown-vendor': 'UnknownVendorId',
};

/** DataTransfer (OCPP 1.6 §6.15): something of a vendor's own. A vendor nobody knows is an answer, not an error. */
export const dataTransfer: Ocpp16Message<'DataTransfer'> = {
  action: 'DataTransfer',
  isTransactional: false,
  async handle(request, exchange) {
    const vendorId = readName(request.vendorId);
    if (vendorId === undefined) return null;
    const decision = await exchange.port.dataTransferred({
      origin: exchange.origin(),
      vendorId,
      messageId: readName(request.messageId),
      data: readData(request.data),
    });
    const status = STATUSES[decision.status];
    return decision.data === undefined ? { status } : { status, data: decision.data };
  },
};

/** Data is text without a limit; stations that send JSON as it is mean its text. */
function readData(data: unknown): string | undefined {
  if (data === undefined || data === null) return undefined;
  return typeof data === 'string' ? data : JSON.stringify(data);
}
