import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';
import { fromCertificateUse, toCertificateUse } from '../values/certificate-uses.ts';

/** GetInstalledCertificateIds (OCPP 2.0.1 Part 2 §1.24; M03). None is an answer as well. */
export const getInstalledCertificateIds: Ocpp201Command<'get-installed-certificate-ids', 'GetInstalledCertificateIds'> =
  {
    command: 'get-installed-certificate-ids',
    action: 'GetInstalledCertificateIds',
    toCalls: ({ payload: { certificateType } }) => [
      certificateType === undefined ? {} : { certificateType: [toCertificateUse(certificateType)] },
    ],
    toOutcome: byStatus('Accepted', 'NotFound'),
    fromPayload: ({ certificateType }) => ({
      action: 'get-installed-certificate-ids',
      payload: certificateType?.[0] === undefined ? {} : { certificateType: fromCertificateUse(certificateType[0]) },
    }),
  };
