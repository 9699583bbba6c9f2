import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { ProgressReport } from '../contract/station-port.ts';
import type { ProgressKind } from '../persistence/progress-repository.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';

/**
 * Stores one step of a firmware update or an upload. Stations do not date these and repeat them (after a lost answer, when asked by
 * TriggerMessage, every minute): the same status with the same request id right after itself is one fact. After another status it is a
 * new one, and so it is after a new command (see `progress-begins.ts`).
 */
export async function storeProgress(
  writer: StationWriter,
  report: ProgressReport,
  kind: ProgressKind,
  type: 'firmware.status-changed' | 'log.status-changed',
): Promise<void> {
  const { station, receivedAt, oddities } = report.origin;
  const text = new FactText(oddities);
  const detail = {
    status: text.read('status', report.status, 100),
    requestId: report.requestId ?? null,
    ...(report.locations === undefined ? {} : { locations: report.locations }),
  };
  await writer.submit<'progress'>({
    kind: 'progress',
    station,
    report: { id: uuidv7(), station, kind, occurredAt: receivedAt, receivedAt, detail, flags: text.flags },
    event: { type, data: { ...detail, receivedAt: toIso(receivedAt), flags: text.flags } },
  });
}
