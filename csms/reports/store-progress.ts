import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { ProgressReport } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';

/** Stores one step of a firmware update or an upload. Stations do not date these, so each is a fact of its own. */
export async function storeProgress(
  writer: StationWriter,
  report: ProgressReport,
  kind: 'firmware-status' | 'log-status',
  type: 'firmware.status-changed' | 'log.status-changed',
): Promise<void> {
  const { station, receivedAt, oddities } = report.origin;
  const text = new FactText(oddities);
  const detail = { status: text.read('status', report.status, 100), requestId: report.requestId ?? null };
  await writer.submit<'report'>({
    kind: 'report',
    station,
    report: { id: uuidv7(), station, kind, occurredAt: receivedAt, receivedAt, detail, flags: text.flags },
    event: { type, data: { ...detail, receivedAt: toIso(receivedAt), flags: text.flags } },
  });
}
