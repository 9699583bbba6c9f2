import type { DeviceEventReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** Variables of the device have changed or crossed a limit. */
export async function deviceEventReported(writer: StationWriter, report: DeviceEventReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'device-event', type: 'device-event.reported', detail });
}
