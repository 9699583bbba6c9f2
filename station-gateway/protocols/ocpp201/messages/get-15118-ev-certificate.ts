import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';

/**
 * Get15118EVCertificate (OCPP 2.0.1 Part 2 §1.18; M01): a car asks for a contract certificate. There is no provider to ask, which is what
 * the answer says.
 */
export const get15118EvCertificate: Ocpp201Message<'Get15118EVCertificate'> = {
  action: 'Get15118EVCertificate',
  isTransactional: false,
  isStoredOnly: true,
  async handle(request, exchange) {
    const exiRequest = typeof request.exiRequest === 'string' ? request.exiRequest : undefined;
    if (exiRequest === undefined) return null;
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'contract-certificate-request',
      detail: {
        action: readName(request.action) ?? null,
        schemaVersion: readName(request.iso15118SchemaVersion) ?? null,
        exiRequest,
      },
    });
    return {
      status: 'Failed',
      exiResponse: '',
      statusInfo: { reasonCode: 'NoProvider', additionalInfo: 'No provider of contract certificates is connected.' },
    };
  },
};
