import type { DeviceReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** A part of what a station is made of. */
export async function deviceReported(writer: StationWriter, report: DeviceReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'device-report', type: 'device.reported', detail });
}
