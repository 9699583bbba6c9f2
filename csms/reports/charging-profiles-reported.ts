import type { ChargingProfilesReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** A part of the charging profiles that a station holds. */
export async function chargingProfilesReported(writer: StationWriter, report: ChargingProfilesReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'charging-profiles', type: 'charging-profiles.reported', detail });
}
