import type { ChargingLimitReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeFact } from './store-fact.ts';

/** Somebody else limits the charging, or does so no more. */
export async function chargingLimitChanged(writer: StationWriter, report: ChargingLimitReport): Promise<void> {
  const { origin, ...detail } = report;
  await storeFact(writer, origin, { kind: 'charging-limit', type: 'charging-limit.changed', detail });
}
