import type { SimulatedStation201 } from '../station.ts';
import type { EventData } from '../types.ts';

/** NotifyEvent (OCPP 2.0.1, N07): one event; kept for later while the station is offline. */
export function notifyEvent(station: SimulatedStation201, event: EventData): void {
  station.notify('NotifyEvent', { generatedAt: event.timestamp, seqNo: 0, tbc: false, eventData: [event] });
}
