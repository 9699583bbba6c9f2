import type { Instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { DeviceEvent, MessageOrigin } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import { storableNumber, storableTime } from '../transactions/claimed-time.ts';
import { effectiveTime } from '../transactions/effective-time.ts';
import { type DeviceName, deviceName } from './device-name.ts';
import { shownValue } from './shown-value.ts';
import { valueTime } from './value-time.ts';

const MAX_WORD_LENGTH = 50;
const MAX_INFO_LENGTH = 500;

/** An event of a device ready to be stored. */
export interface PreparedEvent {
  readonly id: Uuid;
  readonly name: DeviceName;
  /** Null for one that cannot be a number. */
  readonly eventId: number | null;
  readonly sequenceNumber: number | null;
  /** As claimed; the receipt when nothing readable was claimed. */
  readonly occurredAt: Instant;
  readonly effectiveAt: Instant;
  readonly receivedAt: Instant;
  /** As of when the value counts. */
  readonly valueAt: Instant;
  readonly trigger: string;
  readonly notificationType: string;
  readonly actualValue: string;
  readonly valueCut: boolean;
  readonly monitorId: number | null;
  readonly cause: number | null;
  readonly techCode: string | null;
  readonly techInfo: string | null;
  readonly cleared: boolean | null;
  readonly stationTransactionId: string | null;
  readonly flags: readonly string[];
}

/** Takes an event as the station tells it. */
export function prepareEvent(event: DeviceEvent, origin: MessageOrigin, sequenceNumber: number): PreparedEvent {
  const { receivedAt, clockOffsetMs, oddities } = origin;
  const name = deviceName(event.component, event.variable);
  const text = new FactText(oddities);
  text.flag(...name.flags);
  const claimed = storableTime(event.timestamp.at);
  const effective = effectiveTime(claimed, receivedAt, clockOffsetMs);
  text.flag(...effective.flags);
  const number = (field: string, value: number | undefined): number | null => {
    const storable = storableNumber(value);
    if (value !== undefined && storable === undefined) text.flag(`number-odd:${field}`);
    return storable ?? null;
  };
  const shown = shownValue(name, event.actualValue);
  if (shown.cut) text.flag('text-cut:actualValue');
  const prepared = {
    id: uuidv7(),
    name,
    eventId: number('eventId', event.eventId),
    sequenceNumber: storableNumber(sequenceNumber) ?? null,
    occurredAt: claimed ?? receivedAt,
    effectiveAt: effective.at,
    receivedAt,
    valueAt: valueTime(event.timestamp.at, origin),
    trigger: text.read('trigger', event.trigger, MAX_WORD_LENGTH) ?? '',
    notificationType: text.read('notificationType', event.notificationType, MAX_WORD_LENGTH) ?? '',
    actualValue: shown.value,
    valueCut: shown.cut,
    monitorId: number('monitorId', event.monitorId),
    cause: number('cause', event.cause),
    techCode: text.read('techCode', event.techCode, MAX_WORD_LENGTH),
    techInfo: text.read('techInfo', event.techInfo, MAX_INFO_LENGTH),
    cleared: event.cleared ?? null,
    stationTransactionId: text.read('transactionId', event.stationTransactionId, MAX_WORD_LENGTH),
  };
  return { ...prepared, flags: text.flags };
}
