import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetInstalledCertificateIds (security extension). */
export function getInstalledCertificateIds(
  station: SimulatedStation,
  request: CentralRequest<'GetInstalledCertificateIds'>,
): CommandAnswer<'GetInstalledCertificateIds'> {
  const certificateHashData = station.certificates.list(request.certificateType);
  return {
    response: certificateHashData.length === 0 ? { status: 'NotFound' } : { status: 'Accepted', certificateHashData },
  };
}
