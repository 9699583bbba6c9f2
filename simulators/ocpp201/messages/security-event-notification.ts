import type { SimulatedStation201 } from '../station.ts';

/** SecurityEventNotification (OCPP 2.0.1, A04): never lost, kept for later while the station is offline. */
export function securityEventNotification(station: SimulatedStation201, type: string, techInfo?: string): void {
  const event = { type, timestamp: station.clock.write(station.clock.now()) };
  station.notify('SecurityEventNotification', techInfo === undefined ? event : { ...event, techInfo });
}
