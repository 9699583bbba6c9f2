import type { StationKey } from '@voltpile/csms/contract/ids';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';

/** What became of a message. `lost`: the connection ended before the answer. `none`: it was left unanswered on purpose. */
export type ExchangeOutcome = 'result' | 'error' | 'timeout' | 'lost' | 'none' | 'malformed';

/** A message and its answer, as they went over the socket. */
export interface LoggedExchange {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly protocol: string;
  readonly direction: 'from-station' | 'to-station';
  /** null for what could not be read. */
  readonly action: string | null;
  readonly messageId: string | null;
  readonly outcome: ExchangeOutcome;
  /** The code of a CALLERROR, or what was wrong with a frame. */
  readonly errorCode: string | null;
  readonly requestedAt: Instant;
  /** Until the answer; null when there was none. */
  readonly latencyMs: number | null;
  /** Empty for what cannot be shown: a binary frame, a frame that the socket itself refused. */
  readonly request: string;
  readonly response: string | null;
  /** What the gateway found odd about the request but let pass. */
  readonly oddities: readonly string[];
}

/** Where messages are told to for the record of people who look for a fault. Never throws, never waits. */
export interface ExchangeLog {
  /**
   * Whether an exchange of that station is wanted; asked for every message, so it has to be cheap.
   *
   * @param isOdd it did not end in a result, or something about it was odd
   */
  wants(identity: string, isOdd: boolean): boolean;
  record(exchange: LoggedExchange): void;
}
