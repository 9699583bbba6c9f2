import { toIso } from '@voltpile/kernel/clock';
import type { FactEvent } from '../stations/fact-event.ts';
import type { DeviceName } from './device-name.ts';
import type { AttributeChange } from './model-change.ts';
import type { PreparedEvent } from './prepare-event.ts';
import type { ReceivedPart, ReportProgress } from './report-progress.ts';

/** Events are held in memory for those who watch; the whole text is read through the API. */
const MAX_EVENT_VALUE_LENGTH = 500;

/** A name as the API writes it. */
export function nameView(name: Omit<DeviceName, 'key' | 'flags'>): {
  readonly component: {
    readonly name: string;
    readonly instance: string | null;
    readonly evseId: number | null;
    readonly connectorId: number | null;
  };
  readonly variable: { readonly name: string; readonly instance: string | null };
} {
  const { componentName, componentInstance, evseId, connectorId, variableName, variableInstance } = name;
  return {
    component: { name: componentName, instance: componentInstance, evseId, connectorId },
    variable: { name: variableName, instance: variableInstance },
  };
}

/** A part of a report has come. Tells how many there are, not what they are: a report can hold thousands. */
export function partEvent(report: ReportProgress, part: ReceivedPart): FactEvent {
  const counted = { [report.kind === 'device' ? 'variables' : 'monitors']: part.itemCount };
  return {
    type: report.kind === 'device' ? 'device.reported' : 'monitoring.reported',
    data: {
      reportId: report.id,
      requestId: part.requestId,
      sequenceNumber: part.sequenceNumber,
      ...counted,
      status: report.status,
      complete: report.status === 'complete',
      partsReceived: report.parts.length,
      itemsReceived: report.itemCount,
      receivedAt: toIso(part.receivedAt),
      flags: report.flags,
    },
  };
}

/** Nothing more has come of a report for too long. */
export function timedOutEvent(report: ReportProgress): FactEvent {
  return {
    type: report.kind === 'device' ? 'device.reported' : 'monitoring.reported',
    data: {
      reportId: report.id,
      requestId: report.requestId,
      status: 'timed-out',
      complete: false,
      partsReceived: report.parts.length,
      itemsReceived: report.itemCount,
      flags: report.flags,
    },
  };
}

export function deviceEventEvent(event: PreparedEvent): FactEvent {
  return {
    type: 'device-event.reported',
    data: {
      id: event.id,
      eventId: event.eventId,
      ...nameView(event.name),
      trigger: event.trigger,
      notificationType: event.notificationType,
      actualValue: shortened(event.actualValue),
      monitorId: event.monitorId,
      cause: event.cause,
      techCode: event.techCode,
      techInfo: event.techInfo,
      cleared: event.cleared,
      stationTransactionId: event.stationTransactionId,
      occurredAt: toIso(event.occurredAt),
      effectiveAt: toIso(event.effectiveAt),
      receivedAt: toIso(event.receivedAt),
      flags: event.flags,
    },
  };
}

export function variableChangedEvent(change: AttributeChange): FactEvent {
  const { name, attributeType, oldValue, newValue, rebootRequired, cause, at } = change;
  return {
    type: 'variable.changed',
    data: {
      ...nameView(name),
      attributeType,
      oldValue: oldValue === null ? null : shortened(oldValue),
      newValue: shortened(newValue),
      rebootRequired,
      cause,
      changedAt: toIso(at),
    },
  };
}

function shortened(text: string): string {
  return text.length <= MAX_EVENT_VALUE_LENGTH ? text : text.slice(0, MAX_EVENT_VALUE_LENGTH).toWellFormed();
}
