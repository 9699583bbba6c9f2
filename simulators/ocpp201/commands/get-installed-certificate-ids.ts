import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

type Chain = NonNullable<CommandAnswer<'GetInstalledCertificateIds'>['response']['certificateHashDataChain']>[number];

/** GetInstalledCertificateIds (OCPP 2.0.1, M03). */
export function getInstalledCertificateIds(
  station: SimulatedStation201,
  request: CentralRequest<'GetInstalledCertificateIds'>,
): CommandAnswer<'GetInstalledCertificateIds'> {
  const { certificateType } = request;
  const found = station.certificates.list((use) => certificateType?.some((asked) => asked === use) ?? true);
  if (found.length === 0) return { response: { status: 'NotFound' } };
  const certificateHashDataChain = found.map(({ use, hash }) => ({
    certificateType: use as Chain['certificateType'],
    certificateHashData: hash,
  }));
  return {
    response: { status: 'Accepted', certificateHashDataChain: certificateHashDataChain as [Chain, ...Chain[]] },
  };
}
