import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CertificateSigned (OCPP 2.0.1, A02): accepted when it fits the keys of our last request; the next login uses it. */
export function certificateSigned(
  station: SimulatedStation201,
  request: CentralRequest<'CertificateSigned'>,
): CommandAnswer<'CertificateSigned'> {
  return { response: { status: station.certificates.signed(request.certificateChain) } };
}
