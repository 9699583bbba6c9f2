import type { ProgressReport } from '../contract/station-port.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { storeProgress } from './store-progress.ts';

/** An upload of a log or of diagnostics has come a step further (or failed). */
export async function logStatusChanged(writer: StationWriter, report: ProgressReport): Promise<void> {
  await storeProgress(writer, report, 'log-status', 'log.status-changed');
}
