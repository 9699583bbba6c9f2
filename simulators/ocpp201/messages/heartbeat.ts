import type { CallOptions } from '../../ocpp-j/station.ts';
import type { SimulatedStation201 } from '../station.ts';

/** Heartbeat (OCPP 2.0.1, G02). */
export async function heartbeat(station: SimulatedStation201, options: CallOptions = {}): Promise<void> {
  await station.call('Heartbeat', {}, options);
}
