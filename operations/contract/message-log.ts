import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { StationKey } from '@voltpile/csms/contract/ids';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';

/** What is logged of a station: nothing, what went wrong or was odd, or everything. */
export const LOG_LEVELS = ['off', 'errors', 'all'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_DIRECTIONS = ['from-station', 'to-station'] as const;
export const LOG_OUTCOMES = ['result', 'error', 'timeout', 'lost', 'none', 'malformed'] as const;

/** A message and its answer. Secrets are masked. */
export interface LoggedMessageView {
  readonly id: Uuid;
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly protocol: string;
  readonly direction: (typeof LOG_DIRECTIONS)[number];
  readonly action: string | null;
  readonly messageId: string | null;
  readonly outcome: (typeof LOG_OUTCOMES)[number];
  readonly errorCode: string | null;
  readonly requestedAt: string;
  readonly latencyMs: number | null;
  /** The frame; a long one is cut. Empty for what cannot be shown (a binary frame). */
  readonly request: string;
  readonly response: string | null;
  /** Of the whole frames. */
  readonly requestBytes: number;
  readonly responseBytes: number | null;
  /** Whether a frame was longer than what is kept of it. */
  readonly truncated: boolean;
  /** What was odd about the message though it passed, or what was wrong with a frame. */
  readonly oddities: readonly string[];
}

export interface MessageLogFilter {
  readonly stationId?: string | undefined;
  readonly action?: string | undefined;
  readonly direction?: (typeof LOG_DIRECTIONS)[number] | undefined;
  readonly outcome?: (typeof LOG_OUTCOMES)[number] | undefined;
  readonly messageId?: string | undefined;
  /** Request or answer contains this text. */
  readonly search?: string | undefined;
  /** RFC 3339; `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface MessageLogSetting {
  readonly stationId: string;
  readonly level: LogLevel;
  /** Whether the level is the server's default, because none was set for the station. */
  readonly isDefault: boolean;
  /** Messages of all stations that were not logged since the process started, because there were too many. */
  readonly droppedSinceStart: number;
}

export interface MessageLogPort {
  /**
   * Newest first. A page may hold fewer items than asked for, because the size of its frames is limited: the last page is the one without a
   * `nextCursor`.
   *
   * @throws FailedPrecondition `message_log.too_wide` when the search takes too long: ask for one station or for less time; Unavailable
   *   `message_log.busy`
   */
  list(scope: AccessScope, filter: MessageLogFilter, page: PageRequest): Promise<Page<LoggedMessageView>>;
  /** The caller has made sure that the station is within the scope. */
  setting(stationId: string): Promise<MessageLogSetting>;
  /** null: the server's default again. In effect at once here, within seconds on other nodes. */
  set(stationId: string, level: LogLevel | null): Promise<MessageLogSetting>;
}

/** A message and its answer, as a gateway tells them. */
export interface LoggedExchange
  extends Pick<
    LoggedMessageView,
    | 'organizationId'
    | 'siteId'
    | 'protocol'
    | 'direction'
    | 'action'
    | 'messageId'
    | 'outcome'
    | 'errorCode'
    | 'request'
    | 'response'
    | 'oddities'
  > {
  readonly station: StationKey;
  readonly identity: string;
  readonly requestedAt: Instant;
  readonly latencyMs: number | null;
}

/** For gateways in other processes. */
export interface MessageLogFeedPort {
  /** What is to be kept: of which stations, and of the others. */
  levels(): Promise<{ readonly others: LogLevel; readonly stations: Readonly<Record<string, LogLevel>> }>;
  /** Takes what it can; what there is no room for is dropped and counted. */
  record(exchanges: readonly LoggedExchange[]): Promise<void>;
}
