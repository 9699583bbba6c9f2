import type { SimulatedStation16 } from '../station.ts';
import type { StationResponse } from '../types.ts';

/** SignCertificate (security extension). @param csr PKCS #10 request in PEM */
export function signCertificate(station: SimulatedStation16, csr: string): Promise<StationResponse<'SignCertificate'>> {
  return station.call('SignCertificate', { csr });
}
