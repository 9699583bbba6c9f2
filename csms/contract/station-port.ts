import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Epoch, StationKey } from './ids.ts';
import type { StationTariff } from './station-tariff.ts';

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
  /** A gateway begins, before it opens its doors: what it had open when it last ended is closed. The same name after each restart. */
  gatewayStarted(nodeId: string): Promise<void>;
  /** The socket of that epoch has closed. Nothing happens when a newer epoch is open. */
  disconnected(station: StationKey, epoch: Epoch, reason: string): Promise<void>;
  booted(report: BootReport): Promise<BootDecision>;
  /** Presence only; written now and then, lost in a crash. */
  heartbeat(origin: MessageOrigin): Promise<void>;
  /** A card (or another token) was shown. An accepted one leaves a start intent. */
  authorize(request: AuthorizeRequest): Promise<IdTokenInfo>;
  /**
   * A start command is about to leave, and the charge that comes of it will bear this name: for dialects in which we name it. Nothing happens
   * when the command's intent has been used, or is over.
   */
  startNamed(naming: StartNaming): Promise<void>;
  connectorStatusChanged(report: ConnectorStatusReport): Promise<void>;
  transactionStarted(report: TransactionReport): Promise<TransactionDecision>;
  /** Something happened while a transaction runs: samples, another charging state, a token, the EVSE. */
  transactionUpdated(report: TransactionReport): Promise<TransactionDecision>;
  transactionEnded(report: TransactionReport): Promise<TransactionDecision>;
  /** Samples only: inside a transaction, or of an EVSE at rest. */
  metered(report: MeterReport): Promise<void>;
  firmwareStatusChanged(report: ProgressReport): Promise<void>;
  logStatusChanged(report: ProgressReport): Promise<void>;
  securityEventReported(report: SecurityEventReport): Promise<void>;
  /** Answered `rejected` until there is a certificate authority to sign with. */
  certificateRequested(report: CertificateRequest): Promise<{ readonly status: 'accepted' | 'rejected' }>;
  dataTransferred(report: DataTransferReport): Promise<DataTransferDecision>;
  /** A part of what a station is made of. All parts of one report share its `requestId`. */
  deviceReported(report: DeviceReport): Promise<void>;
  /** A part of the monitors that are set in a station. */
  monitoringReported(report: MonitoringReport): Promise<void>;
  /** Variables of the device have changed, crossed a limit, or are told from time to time. */
  deviceEventReported(report: DeviceEventReport): Promise<void>;
  /** A part of the charging profiles that a station holds. */
  chargingProfilesReported(report: ChargingProfilesReport): Promise<void>;
  /** Somebody else than we limits the charging (the grid operator, the building), or does so no more. */
  chargingLimitChanged(report: ChargingLimitReport): Promise<void>;
  /** What a car says that it needs, and by when. */
  chargingNeedsReported(
    report: ChargingNeedsReport,
  ): Promise<{ readonly status: 'accepted' | 'rejected' | 'processing' }>;
  /** The schedule that a car has chosen. */
  chargingScheduleReported(report: ChargingScheduleReport): Promise<{ readonly status: 'accepted' | 'rejected' }>;
  /** A reservation is no more, without having been used. */
  reservationEnded(report: ReservationEndReport): Promise<void>;
  /** A station wants to know the prices that it shows and counts by. null: nobody has set any for it. */
  tariffAsked(origin: MessageOrigin): Promise<StationTariff | null>;
  /** It has them now: it was told them, or has them already. null: it was told others, for want of these. Never fails. */
  tariffTaken(report: TariffTakenReport): Promise<void>;
  /** Something that is kept and told as an event, and that changes nothing here. */
  factReported(report: FactReport): Promise<void>;
}

export interface TariffTakenReport {
  readonly origin: MessageOrigin;
  readonly tariff: StationTariff | null;
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
  /** Whether the connection is encrypted, here or up to a trusted proxy. Absent: it is not. */
  readonly encrypted?: boolean | undefined;
  /** The dialect, `ocpp1.6`; null when the station has named none: then it speaks its default, if that is one of {@link spoken}. */
  readonly protocol: string | null;
  /** Commands that this dialect can carry out: names of {@link StationCommand}s. */
  readonly capabilities: readonly string[];
  /** What is spoken here; for a station that has named no dialect. */
  readonly spoken?: readonly { readonly protocol: string; readonly capabilities: readonly string[] }[] | undefined;
  /** The gateway node that holds the socket. */
  readonly nodeId: string;
}

export type AdmissionDecision =
  | {
      readonly outcome: 'admitted';
      readonly station: StationKey;
      readonly epoch: Epoch;
      readonly organizationId: Uuid;
      readonly siteId: Uuid;
      readonly registrationStatus: RegistrationStatus;
      readonly heartbeatIntervalSeconds: number;
      /** IANA zone of the station's site: for dialects that tell wall time, not points in time. */
      readonly timeZone: string;
      /** The SIM card that the station told of when it last booted; null when it never did. */
      readonly iccid?: string | null | undefined;
      /** Per-station setting: let odd non-transaction messages pass, flagged, in place of a CALLERROR. */
      readonly lenient: boolean;
      /** What a station speaks that has named no dialect. Absent: what it has named. */
      readonly protocol?: string | undefined;
    }
  | { readonly outcome: 'unknown-station' }
  /** The station has named no dialect, and none that is spoken here is set for it. */
  | { readonly outcome: 'protocol-required' }
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
  /** Why it has booted, OCPP 2.0.1 BootReasonEnumType; absent when the dialect does not tell. */
  readonly reason?: string | undefined;
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
  /** What the charge that comes of it will be called, where the dialect lets us say. */
  readonly stationTransactionId?: string | undefined;
  /** Names what the charges of several EVSEs have in common that feed one vehicle; each has an authorisation of its own. */
  readonly parallelGroup?: string | undefined;
}

export interface StartNaming {
  readonly station: StationKey;
  /** Of the start command. */
  readonly remoteStartId: number;
  readonly stationTransactionId: string;
  /** A charge that begins later is nobody's. Absent: the intent's own time counts. */
  readonly startBy?: Instant | undefined;
  /** As in {@link AuthorizeRequest}. */
  readonly parallelGroup?: string | undefined;
  /**
   * Further EVSEs of the station that feed the same vehicle: the start command's intent is copied for each of them, under its own name and
   * with its EVSE.
   */
  readonly parallel?: readonly ParallelStart[] | undefined;
}

export interface ParallelStart {
  readonly evseId: number;
  readonly stationTransactionId: string;
}

/**
 * A token as shown: the value is compared without regard to case; the type is what the dialect knows about it (OCPP 2.0.1
 * IdTokenEnumType). With the type `NoAuthorization` there is no token (a button was pressed); the value may then be empty.
 */
export interface IdTokenClaim {
  readonly value: string;
  readonly type?: string | undefined;
  /** More that was read with it, as the dialect tells it: `{type: 'EVCCID', value: '…'}`. */
  readonly additional?: readonly { readonly type: string; readonly value: string }[] | undefined;
}

/** OCPP 2.0.1 AuthorizationStatusEnumType, as far as the domain can tell. */
export type AuthorizationStatus =
  | 'Accepted'
  | 'Blocked'
  | 'ConcurrentTx'
  | 'Expired'
  | 'Invalid'
  | 'NoCredit'
  | 'NotAtThisLocation'
  | 'NotAtThisTime'
  | 'Unknown';

export interface IdTokenInfo {
  readonly status: AuthorizationStatus;
  readonly groupIdToken: string | null;
  /** OCPP 2.0.1 IdTokenEnumType of the group token, when known. */
  readonly groupIdTokenType?: string | undefined;
  readonly expiresAt: Instant | null;
  /** What the charge may cost, where the driver's funds are limited. Absent: no limit, or the token was not accepted. */
  readonly spendingLimit?: SpendingLimit | undefined;
}

/** What a charge may cost: for dialects whose stations count the money themselves. */
export interface SpendingLimit {
  /** Decimal text, `12.34`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
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
  /**
   * The station's own name of the transaction. Absent when the domain hands out the number (OCPP 1.6 StartTransaction). Present in every
   * report of a dialect whose stations make the name: then reports may come in any order, and more than once.
   */
  readonly stationTransactionId?: string | undefined;
  /**
   * Which report of the transaction this is, and what else makes it the same when it comes again. Present with every report of a dialect
   * whose stations name their transactions (a number that cannot be read counts as 0), and with no other.
   */
  readonly sequence?: EventSequence | undefined;
  /**
   * The name is one that we have given, with an authorisation or a start command: it finds the intent, and with it the token. The decision
   * then tells whether the charge may go on.
   */
  readonly namedByUs?: true | undefined;
  /** The time is that of receipt, because the dialect tells none; the start is reported again when it is known. */
  readonly provisional?: true | undefined;
  /** What made the station report, OCPP 2.0.1 TriggerReasonEnumType. */
  readonly trigger?: string | undefined;
  /** How the charge goes at `timestamp`. */
  readonly chargingState?: ChargingState | undefined;
  /** The station had no connection when it happened. Absent when the dialect does not tell. */
  readonly offline?: boolean | undefined;
  /** The number of the start command that this is the answer to. */
  readonly remoteStartId?: number | undefined;
  /** `connectorId` is null while the dialect has not told it. */
  readonly evse?: { readonly evseId: number; readonly connectorId: number | null } | undefined;
  readonly idToken?: IdTokenClaim | undefined;
  readonly timestamp: ClaimedTime;
  /** The meter's register at this moment, Wh as decimal text. */
  readonly meterWh?: string | undefined;
  /** OCPP 2.0.1 ReasonEnumType; for `transactionEnded`. */
  readonly stopReason?: string | undefined;
  readonly readings: readonly MeterReading[];
  readonly reservationId?: number | undefined;
  /** With `transactionEnded`, where the station makes a bill of its own. */
  readonly bill?: StationBill | undefined;
}

/** The station's own bill for a charge: evidence beside our own samples, never what is charged. */
export interface StationBill {
  /** What was delivered, by the bill. Integer milliwatt-hours. */
  readonly energyMilliWh: number;
  /** The same with the loss of the line added, where the station says so; null when it does not (0 on the wire). */
  readonly lossAdjustedMilliWh: number | null;
  /** Decimal text, `12.3456`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly periods: readonly BilledPeriod[];
  /** What else the station tells with it, JSON-safe (kind of start, its own stop code, vehicle, card). */
  readonly details: Readonly<Record<string, string | number | null>>;
}

/** What a station's bill counts at one price. */
export interface BilledPeriod {
  /** `sharp`, `peak`, `flat`, `valley`, or what the dialect calls it. */
  readonly name: string;
  /** Decimal text, `1.23456`. */
  readonly pricePerKwh: string;
  readonly energyMilliWh: number;
  /** As in {@link StationBill}. */
  readonly lossAdjustedMilliWh: number | null;
  /** Decimal text, in the bill's currency. */
  readonly amount: string;
}

/** Place of a report in its transaction. Some stations count nothing: then all numbers are the same. */
export interface EventSequence {
  readonly number: number;
  /** Digest of the message's content, without its message id: tells a repetition from another report with the same number. */
  readonly digest: string;
}

export interface TransactionDecision {
  /** Ours; null when an end was reported for a transaction that nobody can name (stored all the same). */
  readonly transactionId: Uuid | null;
  /** The dialect's number: for a start, the one just handed out. */
  readonly stationTransactionId: string | null;
  /** Present when a token was given, or the name is one that we have given (also when it is void by now: then `Invalid`). */
  readonly idTokenInfo?: IdTokenInfo | undefined;
  /**
   * The report says that we have given the name, and we know nothing of it (a station makes such names up itself while it has no
   * connection): there is no word of ours about who charges.
   */
  readonly nameUnknown?: true | undefined;
  /**
   * What the settled charge costs, tax included, for the end of a transaction that its station names. Absent while it is not settled, as it mostly
   * is when its end is told for the first time: then the station is told with {@link ShowCost}.
   */
  readonly finalCost?: { readonly amount: string; readonly currency: string } | undefined;
}

/** Progress of an upload, a download or an installation. */
export interface ProgressReport {
  readonly origin: MessageOrigin;
  readonly status: string;
  readonly requestId?: number | undefined;
  /** Where firmware is published for other stations (PublishFirmwareStatusNotification). */
  readonly locations?: readonly string[] | undefined;
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
  /** OCPP 2.0.1 CertificateSigningUseEnumType; absent: for the station's own connection to us. */
  readonly use?: 'ChargingStationCertificate' | 'V2GCertificate' | undefined;
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

/**
 * A component of a device model (OCPP 2.0.1 ComponentType). Dialects without components put all of their keys under
 * {@link FLAT_COMPONENT}.
 */
export interface ComponentName {
  readonly name: string;
  readonly instance?: string | undefined;
  readonly evseId?: number | undefined;
  readonly connectorId?: number | undefined;
}

/** The component that stands for the configuration of a station whose dialect has keys only (OCPP 1.6). */
export const FLAT_COMPONENT = 'Configuration';

export interface VariableName {
  readonly name: string;
  readonly instance?: string | undefined;
}

export type AttributeType = 'Actual' | 'Target' | 'MinSet' | 'MaxSet';

/** OCPP 2.0.1 VariableAttributeType. */
export interface VariableAttribute {
  readonly type: AttributeType;
  /** Absent when the station does not tell it (WriteOnly). */
  readonly value?: string | undefined;
  readonly mutability?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite' | undefined;
  readonly persistent?: boolean | undefined;
  readonly constant?: boolean | undefined;
}

/** OCPP 2.0.1 VariableCharacteristicsType. Limits are decimal text. */
export interface VariableCharacteristics {
  readonly dataType: string;
  readonly supportsMonitoring: boolean;
  readonly unit?: string | undefined;
  readonly minLimit?: string | undefined;
  readonly maxLimit?: string | undefined;
  readonly valuesList?: string | undefined;
}

export interface DeviceVariable {
  readonly component: ComponentName;
  readonly variable: VariableName;
  readonly attributes: readonly VariableAttribute[];
  readonly characteristics?: VariableCharacteristics | undefined;
}

/** One part of a report in several parts. Stations count parts from 0, some from 1. */
export interface ReportPart {
  readonly requestId: number;
  readonly sequenceNumber: number;
  readonly generatedAt: ClaimedTime;
  /** False in the last part. */
  readonly toBeContinued: boolean;
}

export interface DeviceReport {
  readonly origin: MessageOrigin;
  readonly part: ReportPart;
  readonly variables: readonly DeviceVariable[];
}

/** OCPP 2.0.1 VariableMonitoringType. */
export interface VariableMonitor {
  readonly id: number;
  readonly type: string;
  /** Decimal text. */
  readonly value: string;
  readonly severity: number;
  readonly transaction: boolean;
}

export interface MonitoringReport {
  readonly origin: MessageOrigin;
  readonly part: ReportPart;
  readonly monitors: readonly {
    readonly component: ComponentName;
    readonly variable: VariableName;
    readonly monitors: readonly VariableMonitor[];
  }[];
}

/** OCPP 2.0.1 EventDataType. `eventId` is unique within the station until it restarts. */
export interface DeviceEvent {
  readonly eventId: number;
  readonly timestamp: ClaimedTime;
  readonly trigger: string;
  readonly actualValue: string;
  readonly notificationType: string;
  readonly component: ComponentName;
  readonly variable: VariableName;
  /** Absent for what is wired into the station and has no monitor. */
  readonly monitorId?: number | undefined;
  readonly cause?: number | undefined;
  readonly techCode?: string | undefined;
  readonly techInfo?: string | undefined;
  readonly cleared?: boolean | undefined;
  /** The station's name of the transaction that it is about. */
  readonly stationTransactionId?: string | undefined;
}

export interface DeviceEventReport {
  readonly origin: MessageOrigin;
  readonly part: Omit<ReportPart, 'requestId'>;
  readonly events: readonly DeviceEvent[];
}

/** A charging profile as a dialect writes it, in OCPP 2.0.1's shape (ChargingProfileType); stored as it is. */
export type ReportedChargingProfile = Readonly<Record<string, unknown>> & { readonly id: number };

export interface ChargingProfilesReport {
  readonly origin: MessageOrigin;
  readonly requestId: number;
  readonly evseId: number;
  /** Who has set the limit, OCPP 2.0.1 ChargingLimitSourceEnumType. */
  readonly source: string;
  readonly toBeContinued: boolean;
  readonly profiles: readonly ReportedChargingProfile[];
}

export interface ChargingLimitReport {
  readonly origin: MessageOrigin;
  readonly source: string;
  /** Absent: the whole station. */
  readonly evseId?: number | undefined;
  /** True when the limit is gone. */
  readonly cleared: boolean;
  readonly gridCritical?: boolean | undefined;
  /** OCPP 2.0.1 ChargingScheduleType, as it came. */
  readonly schedules?: readonly Readonly<Record<string, unknown>>[] | undefined;
}

export interface ChargingNeedsReport {
  readonly origin: MessageOrigin;
  readonly evseId: number;
  readonly maxScheduleTuples?: number | undefined;
  /** OCPP 2.0.1 ChargingNeedsType, as it came. */
  readonly needs: Readonly<Record<string, unknown>>;
}

export interface ChargingScheduleReport {
  readonly origin: MessageOrigin;
  readonly evseId: number;
  readonly timeBase: ClaimedTime;
  /** OCPP 2.0.1 ChargingScheduleType, as it came. */
  readonly schedule: Readonly<Record<string, unknown>>;
}

export interface ReservationEndReport {
  readonly origin: MessageOrigin;
  readonly reservationId: number;
  readonly status: 'Expired' | 'Removed';
}

/** Kinds of facts that are kept for the record only. */
export const FACT_KINDS = [
  'customer-information',
  'display-messages',
  'contract-certificate-request',
  'certificate-status-request',
  /** What a car and its battery are. */
  'vehicle-battery',
  /** Why a car or a station ends a charge, or what they do not understand of each other. */
  'charging-fault',
  'parking-lock',
  /** It looked like a message of the dialect, and could not be read: as it came. */
  'unreadable-message',
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

export interface FactReport {
  readonly origin: MessageOrigin;
  readonly kind: FactKind;
  /** JSON-safe, as the dialect tells it. */
  readonly detail: Readonly<Record<string, unknown>>;
}
