import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromCertificateUse, toCertificateUse } from '../values/certificate-uses.ts';

/** InstallCertificate (OCPP 2.0.1 Part 2 §1.30; M05). */
export const installCertificate: Ocpp201Command<'install-certificate', 'InstallCertificate'> = {
  command: 'install-certificate',
  action: 'InstallCertificate',
  toCalls: ({ payload: { certificateType, certificate } }) => [
    { certificateType: toCertificateUse(certificateType), certificate },
  ],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ certificateType, certificate }) => ({
    action: 'install-certificate',
    payload: { certificateType: fromCertificateUse(certificateType), certificate },
  }),
};
