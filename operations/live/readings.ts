import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import { toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { costIn, numberIn, textIn, transactionIn } from './event-data.ts';

/** What a charge under way has told last. */
export interface ChargeReading {
  readonly transactionId: Uuid;
  readonly meterStartWh: number | null;
  readonly chargingState: string | null;
  readonly energyWh: number | null;
  readonly powerW: number | null;
  readonly socPercent: number | null;
  /** null before the first reading. */
  readonly meteredAt: string | null;
  /** When the newest reading came, by our clock. */
  readonly heardAt: string | null;
  readonly cost: { readonly amount: string; readonly currency: string } | null;
}

/** What is new of a charge. null: not told. */
export interface ReadingChange {
  readonly transactionId: Uuid;
  /** Of the newest event in it. */
  readonly eventId: bigint;
  readonly meterStartWh: number | null;
  readonly chargingState: string | null;
  readonly metered: Metered | null;
  readonly cost: ChargeReading['cost'];
}

interface Metered {
  readonly at: string;
  /** When it came. */
  readonly heardAt: string;
  /** Of the register. */
  readonly meterWh: number | null;
  /** Since the start. */
  readonly energyWh: number | null;
  readonly powerW: number | null;
  readonly socPercent: number | null;
}

/** The events that tell of charges. */
export const READING_EVENTS: readonly DomainEventType[] = [
  'transaction.started',
  'transaction.updated',
  'transaction.metered',
  'transaction.cost-changed',
];

/** What events, in their order, tell of charges: one change for each. */
export function changesOf(events: readonly DomainEvent[]): ReadingChange[] {
  const changes = new Map<Uuid, ReadingChange>();
  for (const event of events) {
    const { data } = event;
    const transactionId = READING_EVENTS.includes(event.type) ? transactionIn(data) : null;
    if (transactionId === null) continue;
    const before = changes.get(transactionId);
    const isMetered = event.type === 'transaction.metered';
    changes.set(transactionId, {
      transactionId,
      eventId: BigInt(event.id),
      meterStartWh: numberIn(data, 'meterStartWh') ?? before?.meterStartWh ?? null,
      chargingState: textIn(data, 'chargingState') ?? before?.chargingState ?? null,
      metered: isMetered ? newer(before?.metered ?? null, event) : (before?.metered ?? null),
      cost: costIn(data) ?? before?.cost ?? null,
    });
  }
  return [...changes.values()];
}

/** Not every report tells of everything: what is not told is as it was. One that comes late changes nothing. */
function newer(before: Metered | null, { data, recordedAt }: DomainEvent): Metered | null {
  const at = textIn(data, 'timestamp');
  if (at === null || (before !== null && Date.parse(at) < Date.parse(before.at))) return before;
  const [meterWh, energyWh] = [numberIn(data, 'meterWh'), numberIn(data, 'energyWh')];
  const tellsEnergy = meterWh !== null || energyWh !== null;
  return {
    at,
    heardAt: toIso(recordedAt),
    meterWh: tellsEnergy ? meterWh : (before?.meterWh ?? null),
    energyWh: tellsEnergy ? energyWh : (before?.energyWh ?? null),
    powerW: numberIn(data, 'powerW') ?? before?.powerW ?? null,
    socPercent: numberIn(data, 'socPercent') ?? before?.socPercent ?? null,
  };
}
