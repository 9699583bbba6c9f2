import type { Ocpp16Message } from '../message.ts';

/** SignCertificate (security extension §5.18): the station asks for a certificate; the signed one goes in a command of its own. */
export const signCertificate: Ocpp16Message<'SignCertificate'> = {
  action: 'SignCertificate',
  isTransactional: false,
  async handle({ csr }, exchange) {
    if (typeof csr !== 'string' || csr === '') return null;
    const { status } = await exchange.port.certificateRequested({ origin: exchange.origin(), csr });
    return { status: status === 'accepted' ? 'Accepted' : 'Rejected' };
  },
};
