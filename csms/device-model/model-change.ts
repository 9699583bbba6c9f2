import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { StationKey } from '../contract/ids.ts';
import type { DeviceName } from './device-name.ts';
import type { PreparedEvent } from './prepare-event.ts';
import type { PreparedAttribute, PreparedCharacteristics, PreparedVariable } from './prepare-variable.ts';
import type { ReceivedPart, ReportAnswer, ReportKind, ReportProgress } from './report-progress.ts';

/** A variable that the station was told to set, and took. */
export interface PreparedSetting {
  readonly name: DeviceName;
  readonly type: string;
  /** Secrets masked. */
  readonly value: string;
  readonly valueCut: boolean;
  /** In effect after the next restart only. */
  readonly rebootRequired: boolean;
}

/** A monitor that a station has set. */
export interface PreparedMonitor {
  readonly id: number;
  readonly name: DeviceName;
  readonly type: string;
  readonly value: string;
  readonly severity: number | null;
  readonly transaction: boolean;
}

/** All that one message or one answer says about the model of one station. */
export interface ModelChange {
  readonly station: StationKey;
  readonly at: Instant;
  readonly variables: readonly PreparedVariable[];
  readonly settings: readonly PreparedSetting[];
  /** Names that the station does not know. */
  readonly unknown: readonly DeviceName[];
  readonly monitors: readonly PreparedMonitor[];
  readonly clearedMonitors: readonly number[];
  readonly events: readonly PreparedEvent[];
  /** The part of a report that it is. */
  readonly part: ReceivedPart | null;
  /** The answer to the request of a report. */
  readonly answered: { readonly kind: ReportKind; readonly requestId: number; readonly answer: ReportAnswer } | null;
  /** `variables` are all that the station has. */
  readonly isWholeModel: boolean;
}

const NOTHING = {
  variables: [],
  settings: [],
  unknown: [],
  monitors: [],
  clearedMonitors: [],
  events: [],
  part: null,
  answered: null,
  isWholeModel: false,
} as const;

/** A change that says no more than what is given. */
export function modelChange(given: Pick<ModelChange, 'station' | 'at'> & Partial<ModelChange>): ModelChange {
  return { ...NOTHING, ...given };
}

export interface KnownAttribute {
  readonly value: string | null;
  readonly valueAt: Instant | null;
  readonly wantedValue: string | null;
}

export interface KnownVariable {
  readonly id: Uuid;
  /** By type. */
  readonly attributes: ReadonlyMap<string, KnownAttribute>;
}

/** What is stored about a station's model, as far as a change needs it; locked. */
export interface KnownModel {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly firmwareVersion: string | null;
  readonly variableCount: number;
  readonly monitorCount: number;
  readonly flags: readonly string[];
  /** Those that the change names, by key. */
  readonly variables: ReadonlyMap<string, KnownVariable>;
  /** Those that the change names. */
  readonly monitorIds: ReadonlySet<number>;
  /** The newest report of the change's kind and number. */
  readonly report: ReportProgress | undefined;
}

export interface VariableRow {
  readonly id: Uuid;
  readonly station: StationKey;
  readonly name: DeviceName;
  /** Null: not told, what was known stands. */
  readonly characteristics: PreparedCharacteristics | null;
  readonly reportedAt: Instant;
  readonly flags: readonly string[];
}

export interface AttributeRow extends PreparedAttribute {
  readonly variableId: Uuid;
  readonly station: StationKey;
  readonly reportedAt: Instant;
  /** `wanted`: waits for a restart; `value` null: nothing does any more. Absent: as it was. */
  readonly wanted: { readonly value: string | null; readonly at: Instant } | null;
}

export interface MonitorRow extends Omit<PreparedMonitor, 'name'> {
  readonly station: StationKey;
  readonly variableId: Uuid;
  readonly reportedAt: Instant;
}

/** An attribute that has another value now, or will have after a restart. */
export interface AttributeChange {
  readonly name: DeviceName;
  readonly attributeType: string;
  readonly oldValue: string | null;
  readonly newValue: string;
  readonly rebootRequired: boolean;
  /** What made us know it. */
  readonly cause: 'set' | 'event' | 'restart';
  readonly at: Instant;
}

/** What is to be written for a change. */
export interface PlannedChange {
  readonly variables: readonly VariableRow[];
  readonly attributes: readonly AttributeRow[];
  readonly goneVariables: readonly Uuid[];
  readonly monitors: readonly MonitorRow[];
  readonly clearedMonitors: readonly number[];
  readonly events: readonly PreparedEvent[];
  readonly report: ReportProgress | null;
  /** Whether the part was new to its report. */
  readonly isNewPart: boolean;
  /** What was last told before that time is gone. */
  readonly sweepVariablesBefore: Instant | null;
  readonly sweepMonitorsBefore: Instant | null;
  /** The station's own row, when it changes. */
  readonly model: {
    readonly variableCount: number;
    readonly monitorCount: number;
    readonly flags: readonly string[];
    readonly fullReportAt: Instant | null;
  } | null;
  /** Settings, and what events tell; the latter count for new events only. */
  readonly changes: readonly { readonly change: AttributeChange; readonly eventId: Uuid | null }[];
  /** Variables and monitors that were left out, because there are too many. */
  readonly dropped: number;
}
