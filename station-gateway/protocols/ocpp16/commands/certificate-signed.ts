import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** CertificateSigned (security extension §5.1): the answer to SignCertificate. */
export const certificateSigned: Ocpp16Command<'certificate-signed', 'CertificateSigned'> = {
  command: 'certificate-signed',
  action: 'CertificateSigned',
  toCalls: ({ payload: { certificateChain, certificateType } }) =>
    certificateType === 'V2GCertificate' ? { unsendable: 'OCPP 1.6 has no V2G certificates.' } : [{ certificateChain }],
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'certificate-signed', payload }),
};
