import type { SimulatedStation201 } from '../station.ts';
import type { IdToken, IdTokenInfo } from '../types.ts';

/** Authorize (OCPP 2.0.1, C01). */
export async function authorize(station: SimulatedStation201, idToken: IdToken): Promise<IdTokenInfo> {
  const { idTokenInfo } = await station.call('Authorize', { idToken });
  return idTokenInfo;
}
