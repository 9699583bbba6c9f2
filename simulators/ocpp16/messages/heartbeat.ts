import type { SimulatedStation } from '../station.ts';

/** Heartbeat (OCPP 1.6, 4.6). */
export async function heartbeat(station: SimulatedStation, options: { beforeAccepted?: boolean } = {}): Promise<void> {
  await station.call('Heartbeat', {}, options);
}
