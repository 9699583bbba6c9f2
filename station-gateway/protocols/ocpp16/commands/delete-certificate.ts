import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** DeleteCertificate (security extension §5.3). */
export const deleteCertificate: Ocpp16Command<'delete-certificate', 'DeleteCertificate'> = {
  command: 'delete-certificate',
  action: 'DeleteCertificate',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: (payload) => ({ action: 'delete-certificate', payload }),
};
