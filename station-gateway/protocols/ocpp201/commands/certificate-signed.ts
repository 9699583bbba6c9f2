import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** CertificateSigned (OCPP 2.0.1 Part 2 §1.4; A02). */
export const certificateSigned: Ocpp201Command<'certificate-signed', 'CertificateSigned'> = {
  command: 'certificate-signed',
  action: 'CertificateSigned',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ certificateChain, certificateType }) => ({
    action: 'certificate-signed',
    payload: { certificateChain, certificateType },
  }),
};
