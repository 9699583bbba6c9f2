import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** InstallCertificate (security extension). */
export function installCertificate(
  station: SimulatedStation,
  request: CentralRequest<'InstallCertificate'>,
): CommandAnswer<'InstallCertificate'> {
  return { response: { status: station.certificates.install(request) } };
}
