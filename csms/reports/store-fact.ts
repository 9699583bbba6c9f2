import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { DomainEventType } from '../contract/events.ts';
import type { MessageOrigin } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';

/** Stores something that a station tells as a report of its own, and tells it as an event. */
export async function storeFact(
  writer: StationWriter,
  origin: MessageOrigin,
  fact: { readonly kind: string; readonly type: DomainEventType; readonly detail: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { station, receivedAt, oddities } = origin;
  const { kind, type, detail } = fact;
  const { flags } = new FactText(oddities);
  await writer.submit<'report'>({
    kind: 'report',
    station,
    report: { id: uuidv7(), station, kind, occurredAt: receivedAt, receivedAt, detail, flags },
    event: { type, data: { ...detail, receivedAt: toIso(receivedAt), flags } },
  });
}
