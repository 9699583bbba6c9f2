import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { SecurityEventReport } from '../contract/station-port.ts';
import { isStorableInstant } from '../persistence/timestamps.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';
import { effectiveTime } from '../transactions/effective-time.ts';
import { factId } from './fact-id.ts';

/** Something happened that matters for security. Repeated until acknowledged, stored once. */
export async function securityEventReported(writer: StationWriter, report: SecurityEventReport): Promise<void> {
  const { station, receivedAt, clockOffsetMs, oddities } = report.origin;
  const said = report.timestamp.at;
  const claimed = said !== null && isStorableInstant(said) ? said : null;
  const text = new FactText(oddities);
  const type = text.read('type', report.type, 100);
  const techInfo = text.read('techInfo', report.techInfo, 2000);
  const effective = effectiveTime(claimed, receivedAt, clockOffsetMs);
  text.flag(...effective.flags);
  const detail = { type, techInfo, effectiveAt: toIso(effective.at) };
  const occurredAt = claimed ?? receivedAt;
  const id = claimed === null ? uuidv7() : factId(claimed, [station, 'security-event', type, techInfo]);
  await writer.submit<'report'>({
    kind: 'report',
    station,
    report: { id, station, kind: 'security-event', occurredAt, receivedAt, detail, flags: text.flags },
    event: {
      type: 'security-event.reported',
      data: { ...detail, occurredAt: toIso(occurredAt), receivedAt: toIso(receivedAt), flags: text.flags },
    },
  });
}
