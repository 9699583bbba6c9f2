import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { DataTransferDecision, DataTransferReport } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';

const MAX_DATA_LENGTH = 65_536;
/** Events are held in memory for those who watch; the whole text stays with the report. */
const MAX_EVENT_DATA_LENGTH = 1000;

/**
 * A vendor's own message. Nobody here understands any vendor's extension yet, which is what the station is told (`unknown-vendor`); the
 * message is kept.
 */
export async function dataTransferred(
  writer: StationWriter,
  report: DataTransferReport,
): Promise<DataTransferDecision> {
  const { station, receivedAt, oddities } = report.origin;
  const text = new FactText(oddities);
  const status = 'unknown-vendor';
  const about = {
    vendorId: text.read('vendorId', report.vendorId, 255),
    messageId: text.read('messageId', report.messageId, 255),
    status,
  };
  const data = text.read('data', report.data, MAX_DATA_LENGTH);
  await writer.submit<'report'>({
    kind: 'report',
    station,
    report: {
      id: uuidv7(),
      station,
      kind: 'data-transfer',
      occurredAt: receivedAt,
      receivedAt,
      detail: { ...about, data },
      flags: text.flags,
    },
    event: {
      type: 'data.transferred',
      data: {
        ...about,
        data: data?.slice(0, MAX_EVENT_DATA_LENGTH).toWellFormed() ?? null,
        receivedAt: toIso(receivedAt),
        flags: text.flags,
      },
    },
  });
  return { status };
}
