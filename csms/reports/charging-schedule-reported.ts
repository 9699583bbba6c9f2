import type { ChargingScheduleReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** The schedule that a car has chosen; it keeps to the limits that the station gave it. */
export async function chargingScheduleReported(
  writer: StationWriter,
  report: ChargingScheduleReport,
): Promise<{ readonly status: 'accepted' }> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'charging-schedule', type: 'charging-schedule.reported', detail });
  return { status: 'accepted' };
}
