import type { Ocpp201Message } from '../message.ts';

/** SignCertificate (OCPP 2.0.1 Part 2 §1.59; A02): the station asks for a certificate; the signed one goes in a command of its own. */
export const signCertificate: Ocpp201Message<'SignCertificate'> = {
  action: 'SignCertificate',
  isTransactional: false,
  async handle({ csr, certificateType }, exchange) {
    if (typeof csr !== 'string' || csr === '') return null;
    const use = certificateType === 'V2GCertificate' ? 'V2GCertificate' : 'ChargingStationCertificate';
    const { status } = await exchange.port.certificateRequested({ origin: exchange.origin(), csr, use });
    return { status: status === 'accepted' ? 'Accepted' : 'Rejected' };
  },
};
