import type { Instant } from '@voltpile/kernel/clock';
import type { CardStatus, ErrorCode, PlugStatus, StopReason } from './words.ts';

/** Where the decision about a card came from. */
export type AuthorizationSource = 'central-system' | 'local-list' | 'cache' | 'unknown-offline' | 'reader';

/** What happens at a simulated station, by type. Tests wait for these in place of sleeping. */
export interface StationEventFacts {
  connected: Record<never, never>;
  'connect-failed': { reason: string; retryInSeconds: number | null };
  disconnected: { code: number; reason: string };
  booted: { status: 'Accepted' | 'Pending' | 'Rejected'; intervalSeconds: number };
  /** Powered off or rebooting: nothing runs. */
  'powered-off': Record<never, never>;
  'status-changed': { connectorId: number; status: PlugStatus; errorCode: ErrorCode };
  authorized: { connectorId: number; idTag: string; status: CardStatus; source: AuthorizationSource };
  'transaction-started': { connectorId: number; idTag: string; localId: number; meterStartWh: number };
  /** The start was answered. The transaction's name is a number of the central system (1.6) or a text of the station (2.0.1). */
  'transaction-confirmed': {
    connectorId: number;
    localId: number;
    transactionId: number | string;
    status: CardStatus;
  };
  'transaction-stopped': {
    connectorId: number;
    localId: number;
    transactionId: number | string | undefined;
    reason: StopReason;
    meterStopWh: number;
    energyWh: number;
  };
  /** The end was answered. */
  'transaction-closed': { connectorId: number; localId: number; transactionId: number | string };
  'reservation-changed': {
    connectorId: number;
    reservationId: number;
    change: 'made' | 'used' | 'cancelled' | 'expired';
  };
  /** A CALL of this station was answered with CALLRESULT. */
  answered: { action: string; request: object; response: unknown };
  /** A CALL of this station was not answered with CALLRESULT. */
  failed: { action: string; request: object; reason: string };
  /** A transaction message was given up or fell out of a full queue. */
  'message-dropped': { action: string; reason: string };
  /** A command of the central system was carried out. */
  command: { action: string; request: unknown; response: object | undefined };
  /** Every transaction message has been answered. */
  flushed: Record<never, never>;
  'firmware-installed': { version: string };
  /** The central system broke the protocol. */
  violation: { what: string };
}

export type StationEventType = keyof StationEventFacts;

export type StationEventOf<T extends StationEventType> = {
  readonly type: T;
  readonly at: Instant;
  readonly station: string;
} & Readonly<StationEventFacts[T]>;

export type StationEvent = { [T in StationEventType]: StationEventOf<T> }[StationEventType];
