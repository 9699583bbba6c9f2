import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** GetInstalledCertificateIds (security extension). */
export function getInstalledCertificateIds(
  station: SimulatedStation16,
  request: CentralRequest<'GetInstalledCertificateIds'>,
): CommandAnswer<'GetInstalledCertificateIds'> {
  const certificateHashData = station.certificates
    .list((use) => use === request.certificateType)
    .map(({ hash }) => hash);
  return {
    response: certificateHashData.length === 0 ? { status: 'NotFound' } : { status: 'Accepted', certificateHashData },
  };
}
