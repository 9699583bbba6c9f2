import type { SimulatedStation16 } from '../station.ts';

/** Heartbeat (OCPP 1.6, 4.6). */
export async function heartbeat(
  station: SimulatedStation16,
  options: { beforeAccepted?: boolean } = {},
): Promise<void> {
  await station.call('Heartbeat', {}, options);
}
