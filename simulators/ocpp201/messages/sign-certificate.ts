import type { SimulatedStation201 } from '../station.ts';
import type { StationResponse } from '../types.ts';

/** SignCertificate (OCPP 2.0.1, A02 and A03). @param csr PKCS #10 request in PEM */
export function signCertificate(
  station: SimulatedStation201,
  csr: string,
): Promise<StationResponse<'SignCertificate'>> {
  return station.call('SignCertificate', { csr, certificateType: 'ChargingStationCertificate' });
}
