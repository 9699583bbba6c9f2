import { asFields, readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';

/**
 * GetCertificateStatus (OCPP 2.0.1 Part 2 §1.20; M06): is a V2G certificate revoked? Nobody here can ask a responder, which is what the
 * answer says.
 */
export const getCertificateStatus: Ocpp201Message<'GetCertificateStatus'> = {
  action: 'GetCertificateStatus',
  isTransactional: false,
  isStoredOnly: true,
  async handle(request, exchange) {
    const { serialNumber, responderURL, hashAlgorithm, issuerNameHash, issuerKeyHash } = asFields(
      request.ocspRequestData,
    );
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'certificate-status-request',
      detail: {
        serialNumber: readName(serialNumber) ?? null,
        responderUrl: readName(responderURL) ?? null,
        hashAlgorithm: readName(hashAlgorithm) ?? null,
        issuerNameHash: readName(issuerNameHash) ?? null,
        issuerKeyHash: readName(issuerKeyHash) ?? null,
      },
    });
    return {
      status: 'Failed',
      statusInfo: { reasonCode: 'NoResponder', additionalInfo: 'Certificate status cannot be asked for here.' },
    };
  },
};
