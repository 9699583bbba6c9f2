import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';
import { isOcpp16CertificateUse, OCPP16_CERTIFICATE_USES } from '../values/certificate-uses.ts';

/** GetInstalledCertificateIds (security extension §5.7). NotFound is an answer too: there is none of that kind. */
export const getInstalledCertificateIds: Ocpp16Command<'get-installed-certificate-ids', 'GetInstalledCertificateIds'> =
  {
    command: 'get-installed-certificate-ids',
    action: 'GetInstalledCertificateIds',
    toCalls: ({ payload }) => {
      const { certificateType } = payload;
      return isOcpp16CertificateUse(certificateType)
        ? [{ ...payload, certificateType }]
        : { unsendable: `OCPP 1.6 knows ${OCPP16_CERTIFICATE_USES.join(' and ')} only.` };
    },
    toOutcome: byStatus('Accepted', 'NotFound'),
    fromPayload: (payload) => ({ action: 'get-installed-certificate-ids', payload }),
  };
