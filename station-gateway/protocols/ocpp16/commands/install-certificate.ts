import type { Ocpp16Command } from '../command.ts';
import { byStatus } from '../outcome.ts';

/** InstallCertificate (security extension §5.10). */
export const installCertificate: Ocpp16Command<'install-certificate', 'InstallCertificate'> = {
  command: 'install-certificate',
  action: 'InstallCertificate',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'install-certificate', payload }),
};
