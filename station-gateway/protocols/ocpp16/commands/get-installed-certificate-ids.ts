import type { Ocpp16Command } from '../command.ts';
import { byStatus } from '../outcome.ts';

/** GetInstalledCertificateIds (security extension §5.7). NotFound is an answer too: there is none of that kind. */
export const getInstalledCertificateIds: Ocpp16Command<'get-installed-certificate-ids', 'GetInstalledCertificateIds'> =
  {
    command: 'get-installed-certificate-ids',
    action: 'GetInstalledCertificateIds',
    toCalls: ({ payload }) => [payload],
    toOutcome: byStatus('Accepted', 'NotFound'),
    fromPayload: (payload) => ({ action: 'get-installed-certificate-ids', payload }),
  };
