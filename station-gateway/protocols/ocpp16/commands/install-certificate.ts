import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { isOcpp16CertificateUse, OCPP16_CERTIFICATE_USES } from '../values/certificate-uses.ts';

/** InstallCertificate (security extension §5.10). */
export const installCertificate: Ocpp16Command<'install-certificate', 'InstallCertificate'> = {
  command: 'install-certificate',
  action: 'InstallCertificate',
  toCalls: ({ payload }) => {
    const { certificateType } = payload;
    return isOcpp16CertificateUse(certificateType)
      ? [{ ...payload, certificateType }]
      : { unsendable: `OCPP 1.6 knows ${OCPP16_CERTIFICATE_USES.join(' and ')} only.` };
  },
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'install-certificate', payload }),
};
