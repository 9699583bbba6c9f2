import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DeleteCertificate (security extension). */
export function deleteCertificate(
  station: SimulatedStation16,
  request: CentralRequest<'DeleteCertificate'>,
): CommandAnswer<'DeleteCertificate'> {
  return { response: { status: station.certificates.delete(request.certificateHashData) } };
}
