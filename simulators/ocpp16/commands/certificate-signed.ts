import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CertificateSigned (security extension): accepted when it fits the keys of our last request; the next login uses it. */
export function certificateSigned(
  station: SimulatedStation16,
  request: CentralRequest<'CertificateSigned'>,
): CommandAnswer<'CertificateSigned'> {
  return { response: { status: station.certificates.signed(request.certificateChain) } };
}
