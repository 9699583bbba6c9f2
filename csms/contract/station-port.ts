import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Epoch, StationKey } from './ids.ts';

/**
 * Up: what any protocol may tell the domain. All arguments and results are plain JSON-safe values, so that the same interface is an
 * object in one process and a network service between two.
 *
 * Promises of every method but `heartbeat`: it resolves after PostgreSQL has committed what was said; calling it again with the same
 * facts gives the same answer (stations repeat themselves); a refusal is part of the result; a thrown error means "not now": kind
 * Unavailable when a later try may succeed, anything else when this one message never will.
 */
export interface StationPort {
  /** Who is it, and may it connect? An accepted answer opens a new epoch: the newest authenticated socket wins. */
  admit(credentials: Credentials): Promise<AdmissionDecision>;
  /** The socket of that epoch has closed. Nothing happens when a newer epoch is open. */
  disconnected(station: StationKey, epoch: Epoch, reason: string): Promise<void>;
  booted(report: BootReport): Promise<BootDecision>;
  /** Presence only; written now and then, lost in a crash. */
  heartbeat(origin: MessageOrigin): Promise<void>;
  /** A card (or another token) was shown. An accepted one leaves a start intent. */
  authorize(request: AuthorizeRequest): Promise<IdTokenInfo>;
  connectorStatusChanged(report: ConnectorStatusReport): Promise<void>;
  transactionStarted(report: TransactionReport): Promise<TransactionDecision>;
  transactionEnded(report: TransactionReport): Promise<TransactionDecision>;
  /** Samples only: inside a transaction, or of an EVSE at rest. */
  metered(report: MeterReport): Promise<void>;
  firmwareStatusChanged(report: ProgressReport): Promise<void>;
  logStatusChanged(report: ProgressReport): Promise<void>;
  securityEventReported(report: SecurityEventReport): Promise<void>;
  /** Answered `rejected` until there is a certificate authority to sign with. */
  certificateRequested(report: CertificateRequest): Promise<{ readonly status: 'accepted' | 'rejected' }>;
  dataTransferred(report: DataTransferReport): Promise<DataTransferDecision>;
}

/** Where a message came from. Set by the gateway, the same for every dialect. */
export interface MessageOrigin {
  readonly station: StationKey;
  readonly epoch: Epoch;
  /** When the frame was read from the socket, by our clock. */
  readonly receivedAt: Instant;
  /**
   * How far the station's clock was found to be ahead of ours on this connection (negative: behind); null while unknown. The domain
   * decides what to do about it.
   */
  readonly clockOffsetMs: number | null;
  /** The frame as it came, kept beside transaction messages. */
  readonly raw: string;
  /** The dialect's name of the message: `StartTransaction`. For the record only; no rule may read it. */
  readonly messageName: string;
  /** What the gateway found odd but let pass (`schema:/meterStart must be integer`). Stored as flags. */
  readonly oddities?: readonly string[];
}

/** A point in time as the station gave it. `at` is null when the text could not be read as a time. */
export interface ClaimedTime {
  readonly text: string;
  readonly at: Instant | null;
}

export interface Credentials {
  /** Decoded identity, as the station gave it. 1…128 characters, no control characters (the gateway checks). */
  readonly identity: string;
  /** The password of the station as bytes in base64; null when it gave none. */
  readonly passwordBase64: string | null;
  /** True when a client certificate whose subject matches the identity was verified against the configured authority. */
  readonly certificateVerified: boolean;
  /** Whether a station without a key may be let in here (loopback bind, or explicitly allowed). */
  readonly unauthenticatedAllowed: boolean;
  readonly remoteAddress: string;
  /** The dialect, `ocpp1.6`. */
  readonly protocol: string;
  /** Commands that this dialect can carry out: names of {@link StationCommand}s. */
  readonly capabilities: readonly string[];
  /** The gateway node that holds the socket. */
  readonly nodeId: string;
}

export type AdmissionDecision =
  | {
      readonly outcome: 'admitted';
      readonly station: StationKey;
      readonly epoch: Epoch;
      readonly registrationStatus: RegistrationStatus;
      readonly heartbeatIntervalSeconds: number;
      /** Per-station setting: let odd non-transaction messages pass, flagged, in place of a CALLERROR. */
      readonly lenient: boolean;
    }
  | { readonly outcome: 'unknown-station' }
  | { readonly outcome: 'wrong-credentials' }
  | { readonly outcome: 'credentials-required' }
  /** Too many wrong passwords for this identity or from this address. */
  | { readonly outcome: 'throttled'; readonly retryAfterSeconds: number };

export type RegistrationStatus = 'Accepted' | 'Pending' | 'Rejected';

export interface BootReport {
  readonly origin: MessageOrigin;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  readonly firmwareVersion: string | null;
  readonly iccid: string | null;
  readonly imsi: string | null;
  readonly meterType: string | null;
  readonly meterSerialNumber: string | null;
}

export interface BootDecision {
  readonly status: RegistrationStatus;
  readonly currentTime: Instant;
  /** Heartbeat interval when accepted, otherwise how long to wait before the next boot message. Never 0. */
  readonly intervalSeconds: number;
}

export interface AuthorizeRequest {
  readonly origin: MessageOrigin;
  readonly idToken: IdTokenClaim;
  /** Known when the dialect tells it. */
  readonly evseId?: number | undefined;
}

/** A token as shown: the value is compared without regard to case; the type is what the dialect knows about it. */
export interface IdTokenClaim {
  readonly value: string;
  readonly type?: string | undefined;
}

/** OCPP 2.0.1 AuthorizationStatusEnumType, as far as the domain can tell. */
export type AuthorizationStatus = 'Accepted' | 'Blocked' | 'ConcurrentTx' | 'Expired' | 'Invalid' | 'NoCredit';

export interface IdTokenInfo {
  readonly status: AuthorizationStatus;
  readonly groupIdToken: string | null;
  readonly expiresAt: Instant | null;
}

/** OCPP 2.0.1 ConnectorStatusEnumType plus what 1.6 tells in finer words, kept as the adapter's `detail`. */
export type ConnectorStatus = 'Available' | 'Occupied' | 'Reserved' | 'Unavailable' | 'Faulted';

/** OCPP 2.0.1 ChargingStateEnumType. */
export type ChargingState = 'Charging' | 'EVConnected' | 'SuspendedEV' | 'SuspendedEVSE' | 'Idle';

export interface ConnectorStatusReport {
  readonly origin: MessageOrigin;
  /** 0 is the station as a whole. */
  readonly evseId: number;
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  /** The dialect's own word: `SuspendedEV`, `Finishing`. */
  readonly detail: string;
  /** What `detail` says about a charge that is under way; absent when it says nothing (a fault). */
  readonly chargingState?: ChargingState | undefined;
  /** Absent when there is no error. */
  readonly errorCode?: string | undefined;
  readonly info?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly vendorErrorCode?: string | undefined;
  /** Absent when the dialect gave none: the time of receipt counts. */
  readonly timestamp?: ClaimedTime | undefined;
}

/** One value of a meter as the station gave it; the domain normalises units. */
export interface SampledValue {
  /** OCPP measurand name. */
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string | null;
  readonly context: string | null;
  readonly format: string | null;
  /** As given; null when the dialect's default applies. */
  readonly unit: string | null;
  /** As given; a number as text, or signed data. */
  readonly value: string;
  /** Whether energy counts from the meter's first day (`register`) or from the start of this charge (`session`). */
  readonly basis: 'register' | 'session';
}

export interface MeterReading {
  readonly timestamp: ClaimedTime;
  readonly values: readonly SampledValue[];
}

export interface MeterReport {
  readonly origin: MessageOrigin;
  /** 0 is the station's main meter. */
  readonly evseId: number;
  /** The dialect's number of the transaction; absent outside one. */
  readonly stationTransactionId?: string | undefined;
  readonly readings: readonly MeterReading[];
}

export interface TransactionReport {
  readonly origin: MessageOrigin;
  /** Absent when the domain hands out the number (OCPP 1.6 StartTransaction). */
  readonly stationTransactionId?: string | undefined;
  readonly evse?: { readonly evseId: number; readonly connectorId: number } | undefined;
  readonly idToken?: IdTokenClaim | undefined;
  readonly timestamp: ClaimedTime;
  /** The meter's register at this moment, Wh as decimal text. */
  readonly meterWh?: string | undefined;
  /** OCPP 2.0.1 ReasonEnumType; for `transactionEnded`. */
  readonly stopReason?: string | undefined;
  readonly readings: readonly MeterReading[];
  readonly reservationId?: number | undefined;
}

export interface TransactionDecision {
  /** Ours; null when an end was reported for a transaction that nobody can name (stored all the same). */
  readonly transactionId: Uuid | null;
  /** The dialect's number: for a start, the one just handed out. */
  readonly stationTransactionId: string | null;
  /** Present when a token was given. */
  readonly idTokenInfo?: IdTokenInfo | undefined;
}

/** Progress of an upload, a download or an installation. */
export interface ProgressReport {
  readonly origin: MessageOrigin;
  readonly status: string;
  readonly requestId?: number | undefined;
}

export interface SecurityEventReport {
  readonly origin: MessageOrigin;
  readonly type: string;
  readonly timestamp: ClaimedTime;
  readonly techInfo?: string | undefined;
}

export interface CertificateRequest {
  readonly origin: MessageOrigin;
  readonly csr: string;
}

export interface DataTransferReport {
  readonly origin: MessageOrigin;
  readonly vendorId: string;
  readonly messageId?: string | undefined;
  readonly data?: string | undefined;
}

export interface DataTransferDecision {
  readonly status: 'accepted' | 'rejected' | 'unknown-message' | 'unknown-vendor';
  readonly data?: string | undefined;
}
