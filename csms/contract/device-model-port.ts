import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope, Page, PageRequest } from './access-scope.ts';
import type { CommandClass, CommandPayload } from './commands.ts';
import type { CommandView } from './operator-ports.ts';

/**
 * What stations are made of, by their own word, as people see it. Views are JSON-safe and already in the API's public shapes. An unknown
 * station, and one outside the scope, throws NotFound `station.not_found`.
 */
export interface DeviceModelPort {
  /** Variables in the order of their names. What the station knows no more is shown on request only. */
  variables(
    scope: AccessScope,
    stationId: string,
    filter: DeviceVariableFilter,
    page: PageRequest,
  ): Promise<Page<DeviceVariableView>>;
  /** Monitors by id. */
  monitors(
    scope: AccessScope,
    stationId: string,
    filter: { readonly gone?: boolean | undefined },
    page: PageRequest,
  ): Promise<Page<DeviceMonitorView>>;
  /** How far reports have come, the newest first. */
  reports(
    scope: AccessScope,
    stationId: string,
    filter: { readonly requestId?: number | undefined },
    page: PageRequest,
  ): Promise<Page<DeviceReportView>>;
  /** Events that the station has told, the newest arrivals first. */
  events(
    scope: AccessScope,
    stationId: string,
    filter: { readonly component?: string | undefined; readonly variable?: string | undefined },
    page: PageRequest,
  ): Promise<Page<DeviceEventView>>;
  /**
   * Asks the station for its model: for some variables when they are named, otherwise for all, in the way that its dialect has. What it
   * answers is stored.
   *
   * @returns the pending command; errors as of {@link CommandsPort.submit}
   */
  refresh(
    scope: AccessScope,
    stationId: string,
    request: {
      readonly variables?: CommandPayload<'get-variables'>['variables'];
      readonly reportBase?: CommandPayload<'get-base-report'>['reportBase'] | undefined;
      readonly timeoutSeconds?: number | undefined;
      readonly requestedBy: string | null;
    },
    allowed: readonly CommandClass[],
  ): Promise<CommandView>;
}

/** Names are compared without regard to case. */
export interface DeviceVariableFilter {
  readonly component?: string | undefined;
  readonly componentInstance?: string | undefined;
  readonly evseId?: number | undefined;
  readonly connectorId?: number | undefined;
  readonly variable?: string | undefined;
  readonly variableInstance?: string | undefined;
  /** Component, variable, an instance or a value contains this text. */
  readonly search?: string | undefined;
  readonly mutability?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite' | undefined;
  /** Whether a value waits for a restart. */
  readonly rebootRequired?: boolean | undefined;
  /** Whether the component tells that it has a problem. */
  readonly problem?: boolean | undefined;
  /** What the station knows no more, in place of what it knows. */
  readonly gone?: boolean | undefined;
}

export interface DeviceComponentView {
  readonly name: string;
  readonly instance: string | null;
  readonly evseId: number | null;
  readonly connectorId: number | null;
}

export interface DeviceVariableNameView {
  readonly name: string;
  readonly instance: string | null;
}

export interface DeviceAttributeView {
  /** Actual, Target, MinSet, MaxSet. */
  readonly type: string;
  /** Null when the station does not tell it; `***` for a secret. */
  readonly value: string | null;
  /** The value was longer than 2,500 characters. */
  readonly valueCut: boolean;
  readonly mutability: string | null;
  readonly persistent: boolean | null;
  readonly constant: boolean | null;
  /** The station took `wantedValue`, which is in effect after its next restart. */
  readonly rebootRequired: boolean;
  readonly wantedValue: string | null;
  /** As of when the value is. */
  readonly valueAt: string | null;
  readonly reportedAt: string;
}

export interface DeviceCharacteristicsView {
  readonly dataType: string | null;
  readonly unit: string | null;
  /** Decimal text. */
  readonly minLimit: string | null;
  readonly maxLimit: string | null;
  readonly valuesList: string | null;
  readonly supportsMonitoring: boolean | null;
}

export interface VariableMonitorView {
  readonly id: number;
  readonly type: string;
  /** Decimal text. */
  readonly value: string;
  readonly severity: number | null;
  /** Only while a transaction runs. */
  readonly transaction: boolean;
  readonly reportedAt: string;
  readonly goneAt: string | null;
}

export interface DeviceVariableView {
  readonly component: DeviceComponentView;
  readonly variable: DeviceVariableNameView;
  readonly attributes: readonly DeviceAttributeView[];
  /** Null while the station has not told them. */
  readonly characteristics: DeviceCharacteristicsView | null;
  /** Those that are set. */
  readonly monitors: readonly VariableMonitorView[];
  readonly reportedAt: string;
  /** Since when the station knows it no more. */
  readonly goneAt: string | null;
  readonly flags: readonly string[];
}

export interface DeviceMonitorView extends VariableMonitorView {
  readonly component: DeviceComponentView;
  readonly variable: DeviceVariableNameView;
}

export interface DeviceReportView {
  readonly id: Uuid;
  readonly kind: 'device' | 'monitoring';
  /** Null for one that came with no number. */
  readonly requestId: number | null;
  /** `requested`: nothing has come yet. `timed-out`: parts were missing for too long. */
  readonly status: 'requested' | 'receiving' | 'complete' | 'refused' | 'timed-out';
  /** OCPP 2.0.1 ReportBaseEnumType, when one was asked for. */
  readonly base: string | null;
  /** The command that asked for it; null for one that came unasked. */
  readonly commandId: Uuid | null;
  readonly partsReceived: number;
  /** Known when the last part has come. */
  readonly partsExpected: number | null;
  /** Variables or monitors in all parts together. */
  readonly itemsReceived: number;
  /** Of the newest part, by the station's clock. */
  readonly generatedAt: string | null;
  readonly requestedAt: string | null;
  readonly firstPartAt: string | null;
  readonly lastPartAt: string | null;
  readonly finishedAt: string | null;
  readonly flags: readonly string[];
}

export interface DeviceEventView {
  readonly id: Uuid;
  readonly eventId: number | null;
  readonly component: DeviceComponentView;
  readonly variable: DeviceVariableNameView;
  /** OCPP 2.0.1 EventTriggerEnumType. */
  readonly trigger: string;
  /** OCPP 2.0.1 EventNotificationEnumType. */
  readonly notificationType: string;
  readonly actualValue: string;
  /** Null for what is wired into the station. */
  readonly monitorId: number | null;
  /** `eventId` of the event that caused it. */
  readonly cause: number | null;
  readonly techCode: string | null;
  readonly techInfo: string | null;
  readonly cleared: boolean | null;
  /** The station's name of the transaction that it is about. */
  readonly stationTransactionId: string | null;
  /** As the station claimed, and as far as we believe it. */
  readonly occurredAt: string;
  readonly effectiveAt: string;
  readonly receivedAt: string;
  readonly flags: readonly string[];
}
