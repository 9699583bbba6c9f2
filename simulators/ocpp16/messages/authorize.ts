import type { SimulatedStation16 } from '../station.ts';
import type { IdTagInfo } from '../types.ts';

/** Authorize (OCPP 1.6, 4.1). */
export async function authorize(station: SimulatedStation16, idTag: string): Promise<IdTagInfo> {
  const { idTagInfo } = await station.call('Authorize', { idTag });
  return idTagInfo;
}
