import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** InstallCertificate (security extension). */
export function installCertificate(
  station: SimulatedStation16,
  request: CentralRequest<'InstallCertificate'>,
): CommandAnswer<'InstallCertificate'> {
  return { response: { status: station.certificates.install(request.certificateType, request.certificate) } };
}
