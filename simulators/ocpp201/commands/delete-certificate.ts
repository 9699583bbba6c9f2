import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** DeleteCertificate (OCPP 2.0.1, M04). */
export function deleteCertificate(
  station: SimulatedStation201,
  request: CentralRequest<'DeleteCertificate'>,
): CommandAnswer<'DeleteCertificate'> {
  return { response: { status: station.certificates.delete(request.certificateHashData) } };
}
