import type { ProgressReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeProgress } from './store-progress.ts';

/** A firmware update has come a step further (or failed). */
export async function firmwareStatusChanged(writer: StationWriter, report: ProgressReport): Promise<void> {
  await storeProgress(writer, report, 'firmware-status', 'firmware.status-changed');
}
