import type { MonitoringReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** A part of the monitors that are set in a station. */
export async function monitoringReported(writer: StationWriter, report: MonitoringReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'monitoring-report', type: 'monitoring.reported', detail });
}
