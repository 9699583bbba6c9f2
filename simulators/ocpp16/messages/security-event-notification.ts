import type { SimulatedStation16 } from '../station.ts';

/** SecurityEventNotification (security extension): never lost, kept for later while the station is offline. */
export function securityEventNotification(station: SimulatedStation16, type: string, techInfo?: string): void {
  const event = { type, timestamp: station.clock.write(station.clock.now()) };
  station.notify('SecurityEventNotification', techInfo === undefined ? event : { ...event, techInfo });
}
