import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** InstallCertificate (OCPP 2.0.1, M05). */
export function installCertificate(
  station: SimulatedStation201,
  request: CentralRequest<'InstallCertificate'>,
): CommandAnswer<'InstallCertificate'> {
  return { response: { status: station.certificates.install(request.certificateType, request.certificate) } };
}
