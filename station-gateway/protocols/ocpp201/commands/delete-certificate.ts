import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** DeleteCertificate (OCPP 2.0.1 Part 2 §1.16; M04). */
export const deleteCertificate: Ocpp201Command<'delete-certificate', 'DeleteCertificate'> = {
  command: 'delete-certificate',
  action: 'DeleteCertificate',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ certificateHashData: { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } }) => ({
    action: 'delete-certificate',
    payload: { certificateHashData: { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } },
  }),
};
