import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';

/** The worst first. */
export const ALARM_SEVERITIES = ['critical', 'major', 'minor', 'warning'] as const;
export type AlarmSeverity = (typeof ALARM_SEVERITIES)[number];

/**
 * `active`: what it is about is so, as far as we know. `cleared`: it is over, or somebody has decided that it need not be looked at; then it stays cleared until it
 * is over and begins again.
 */
export const ALARM_STATUSES = ['active', 'cleared'] as const;
export type AlarmStatus = (typeof ALARM_STATUSES)[number];

/** A kind of alarm. */
export interface AlarmKindView {
  /** `station.offline`, `fault.ground-failure`, … Stable. */
  readonly code: string;
  readonly severity: AlarmSeverity;
  readonly title: string;
  /** When it is raised and when it is cleared, in words. */
  readonly description: string;
}

export interface AlarmView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  /** null: about the station as a whole. */
  readonly evseId: number | null;
  readonly connectorId: number | null;
  readonly code: string;
  readonly severity: AlarmSeverity;
  readonly title: string;
  readonly status: AlarmStatus;
  /** Whether what it is about is still so. */
  readonly isPresent: boolean;
  /** What was told: texts of the station among it. */
  readonly detail: Readonly<Record<string, string | number | null>>;
  /** RFC 3339, as everywhere here. When it began, for the first time. */
  readonly raisedAt: string;
  /** When it began for the last time: again within an hour is the same alarm. */
  readonly lastRaisedAt: string;
  /** How often it has begun. */
  readonly occurrences: number;
  readonly clearedAt: string | null;
  readonly acknowledgedAt: string | null;
  /** E-mail address of who did. */
  readonly acknowledgedBy: string | null;
  /** E-mail address of whom it is for; null: for nobody yet. */
  readonly assignedTo: string | null;
}

export const ALARM_NOTE_KINDS = ['raised', 'reopened', 'cleared', 'acknowledged', 'assigned', 'note'] as const;
export type AlarmNoteKind = (typeof ALARM_NOTE_KINDS)[number];

/** Something that happened to an alarm. */
export interface AlarmNoteView {
  readonly id: Uuid;
  readonly at: string;
  readonly kind: AlarmNoteKind;
  /** E-mail address; null: it happened by itself. */
  readonly by: string | null;
  readonly text: string | null;
}

export interface AlarmFilter {
  readonly siteId?: Uuid | undefined;
  readonly stationId?: string | undefined;
  readonly status?: AlarmStatus | undefined;
  readonly severity?: AlarmSeverity | undefined;
  readonly code?: string | undefined;
  readonly acknowledged?: boolean | undefined;
  readonly assignedTo?: string | undefined;
}

/** What a person says about an alarm. */
export interface AlarmWord {
  /** E-mail address of who says it. */
  readonly by: string;
  readonly text: string | null;
}

/** What is wrong with stations, and what people do about it. */
export interface AlarmsPort {
  kinds(): Promise<readonly AlarmKindView[]>;
  /** The one that was raised first for the last time comes last. */
  list(scope: AccessScope, filter: AlarmFilter, page: PageRequest): Promise<Page<AlarmView>>;
  /** @throws NotFound `alarm.not_found`, as all that follow */
  get(scope: AccessScope, id: Uuid): Promise<AlarmView>;
  /** Newest first. */
  notes(scope: AccessScope, id: Uuid, page: PageRequest): Promise<Page<AlarmNoteView>>;
  /** Somebody has seen it. A second time changes nothing. @throws Conflict `alarm.cleared` */
  acknowledge(scope: AccessScope, id: Uuid, word: AlarmWord): Promise<AlarmView>;
  /** It need not be looked at any more, though it may still be so. @throws Conflict `alarm.cleared` when it is cleared already */
  clear(scope: AccessScope, id: Uuid, word: AlarmWord & { readonly text: string }): Promise<AlarmView>;
  /** @param assignedTo null: nobody any more */
  assign(scope: AccessScope, id: Uuid, word: AlarmWord & { readonly assignedTo: string | null }): Promise<AlarmView>;
  addNote(scope: AccessScope, id: Uuid, word: AlarmWord & { readonly text: string }): Promise<AlarmNoteView>;
}
