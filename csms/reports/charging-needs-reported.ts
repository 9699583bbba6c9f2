import type { ChargingNeedsReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** What a car says that it needs. Nobody here plans schedules for cars yet: `rejected` lets the station go by its own. */
export async function chargingNeedsReported(
  writer: StationWriter,
  report: ChargingNeedsReport,
): Promise<{ readonly status: 'rejected' }> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'charging-needs', type: 'charging-needs.reported', detail });
  return { status: 'rejected' };
}
