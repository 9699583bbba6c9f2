import type { Epoch, StationKey } from '@voltpile/csms/contract/ids';
import type {
  AdmissionDecision,
  AuthorizeRequest,
  BootDecision,
  BootReport,
  CertificateRequest,
  ChargingLimitReport,
  ChargingNeedsReport,
  ChargingProfilesReport,
  ChargingScheduleReport,
  ConnectorStatusReport,
  Credentials,
  DataTransferDecision,
  DataTransferReport,
  DeviceEventReport,
  DeviceReport,
  FactReport,
  IdTokenInfo,
  MessageOrigin,
  MeterReport,
  MonitoringReport,
  ProgressReport,
  RegistrationStatus,
  ReservationEndReport,
  SecurityEventReport,
  StationPort,
  TransactionDecision,
  TransactionReport,
} from '@voltpile/csms/contract/station-port';
import { type Clock, systemClock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';

export const domainAway = defineError('fake.away', 'Unavailable', 'The domain is away.');
export const domainRefuses = defineError('fake.refuses', 'InvalidArgument', 'The domain will never take this.');

export interface PortCall {
  readonly method: keyof StationPort;
  readonly epoch: Epoch;
  readonly argument: unknown;
}

export const FAKE_ORGANIZATION = '0195cfa4-0000-7000-8000-0000000000aa';
export const FAKE_SITE = '0195cfa4-0000-7000-8000-0000000000bb';

interface KnownStation {
  readonly key: StationKey;
  /** Null: may come without one. */
  readonly password: Buffer | null;
  epoch: Epoch;
}

/** A domain in memory: admits whom it was told of, remembers every call, and can be made slow or sick. */
export class FakeStationPort implements StationPort {
  readonly calls: PortCall[] = [];
  readonly credentials: Credentials[] = [];
  readonly stations = new Map<string, KnownStation>();
  /** What stations speak that name nothing. */
  readonly defaultProtocols = new Map<string, string>();
  heartbeatIntervalSeconds = 300;
  /** Of every station, at its admission and its boot. */
  registrationStatus: RegistrationStatus = 'Accepted';
  timeZone = 'Asia/Shanghai';
  lenient = false;
  /** Awaited by every call but `admit` and `disconnected`; throw here to be away. */
  before: (method: keyof StationPort, origin: MessageOrigin) => Promise<void> | void = () => undefined;
  beforeAdmit: (credentials: Credentials) => Promise<AdmissionDecision | undefined> | undefined = () => undefined;
  beforeDisconnected: () => Promise<void> | void = () => undefined;
  readonly #clock: Clock;
  #waiting: { fits: (call: PortCall) => boolean; resolve: (call: PortCall) => void }[] = [];
  #transactions = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  register(identity: string, password: string | Buffer | null = null): StationKey {
    const key = uuidv7();
    this.stations.set(identity, { key, password: password === null ? null : Buffer.from(password), epoch: 0 });
    return key;
  }

  /** The first call that fits: one that was made already, or the next one to come. */
  called(method: keyof StationPort, fits: (call: PortCall) => boolean = () => true): Promise<PortCall> {
    const both = (call: PortCall): boolean => call.method === method && fits(call);
    const made = this.calls.find(both);
    if (made !== undefined) return Promise.resolve(made);
    return new Promise((resolve) => this.#waiting.push({ fits: both, resolve }));
  }

  count(method: keyof StationPort): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  async admit(credentials: Credentials): Promise<AdmissionDecision> {
    this.credentials.push(credentials);
    const decided = await this.beforeAdmit(credentials);
    if (decided !== undefined) return decided;
    const known = this.stations.get(credentials.identity);
    if (known === undefined) return { outcome: 'unknown-station' };
    if (known.password === null) {
      if (!credentials.unauthenticatedAllowed) return { outcome: 'credentials-required' };
    } else if (!credentials.certificateVerified) {
      if (credentials.passwordBase64 === null) return { outcome: 'credentials-required' };
      if (!Buffer.from(credentials.passwordBase64, 'base64').equals(known.password)) {
        return { outcome: 'wrong-credentials' };
      }
    }
    const { protocol, spoken = [] } = credentials;
    const byDefault = spoken.find((dialect) => dialect.protocol === this.defaultProtocols.get(credentials.identity));
    if (protocol === null && byDefault === undefined) return { outcome: 'protocol-required' };
    known.epoch += 1;
    return {
      ...(byDefault === undefined ? {} : { protocol: byDefault.protocol }),
      outcome: 'admitted',
      station: known.key,
      epoch: known.epoch,
      organizationId: FAKE_ORGANIZATION,
      siteId: FAKE_SITE,
      registrationStatus: this.registrationStatus,
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
      timeZone: this.timeZone,
      lenient: this.lenient,
    };
  }

  readonly started: string[] = [];

  async gatewayStarted(nodeId: string): Promise<void> {
    this.started.push(nodeId);
  }

  async disconnected(station: StationKey, epoch: Epoch, reason: string): Promise<void> {
    await this.beforeDisconnected();
    this.#record({ method: 'disconnected', epoch, argument: { station, epoch, reason } });
  }

  async booted(report: BootReport): Promise<BootDecision> {
    await this.#take('booted', report);
    return {
      status: this.registrationStatus,
      currentTime: this.#clock.now(),
      intervalSeconds: this.heartbeatIntervalSeconds,
    };
  }

  async heartbeat(origin: MessageOrigin): Promise<void> {
    await this.#take('heartbeat', { origin });
  }

  async authorize(request: AuthorizeRequest): Promise<IdTokenInfo> {
    await this.#take('authorize', request);
    return { status: 'Accepted', groupIdToken: null, expiresAt: null };
  }

  async connectorStatusChanged(report: ConnectorStatusReport): Promise<void> {
    await this.#take('connectorStatusChanged', report);
  }

  async transactionStarted(report: TransactionReport): Promise<TransactionDecision> {
    await this.#take('transactionStarted', report);
    this.#transactions += 1;
    return {
      transactionId: uuidv7(),
      stationTransactionId: String(this.#transactions),
      idTokenInfo: { status: 'Accepted', groupIdToken: null, expiresAt: null },
    };
  }

  async transactionEnded(report: TransactionReport): Promise<TransactionDecision> {
    await this.#take('transactionEnded', report);
    return { transactionId: null, stationTransactionId: report.stationTransactionId ?? null };
  }

  async metered(report: MeterReport): Promise<void> {
    await this.#take('metered', report);
  }

  async firmwareStatusChanged(report: ProgressReport): Promise<void> {
    await this.#take('firmwareStatusChanged', report);
  }

  async logStatusChanged(report: ProgressReport): Promise<void> {
    await this.#take('logStatusChanged', report);
  }

  async securityEventReported(report: SecurityEventReport): Promise<void> {
    await this.#take('securityEventReported', report);
  }

  async certificateRequested(report: CertificateRequest): Promise<{ status: 'accepted' | 'rejected' }> {
    await this.#take('certificateRequested', report);
    return { status: 'rejected' };
  }

  async dataTransferred(report: DataTransferReport): Promise<DataTransferDecision> {
    await this.#take('dataTransferred', report);
    return { status: 'unknown-vendor' };
  }

  async transactionUpdated(report: TransactionReport): Promise<TransactionDecision> {
    await this.#take('transactionUpdated', report);
    return { transactionId: null, stationTransactionId: report.stationTransactionId ?? null };
  }

  async deviceReported(report: DeviceReport): Promise<void> {
    await this.#take('deviceReported', report);
  }

  async monitoringReported(report: MonitoringReport): Promise<void> {
    await this.#take('monitoringReported', report);
  }

  async deviceEventReported(report: DeviceEventReport): Promise<void> {
    await this.#take('deviceEventReported', report);
  }

  async chargingProfilesReported(report: ChargingProfilesReport): Promise<void> {
    await this.#take('chargingProfilesReported', report);
  }

  async chargingLimitChanged(report: ChargingLimitReport): Promise<void> {
    await this.#take('chargingLimitChanged', report);
  }

  async chargingNeedsReported(report: ChargingNeedsReport): Promise<{ status: 'rejected' }> {
    await this.#take('chargingNeedsReported', report);
    return { status: 'rejected' };
  }

  async chargingScheduleReported(report: ChargingScheduleReport): Promise<{ status: 'accepted' }> {
    await this.#take('chargingScheduleReported', report);
    return { status: 'accepted' };
  }

  async reservationEnded(report: ReservationEndReport): Promise<void> {
    await this.#take('reservationEnded', report);
  }

  async startNamed(): Promise<void> {}

  async tariffAsked(): Promise<null> {
    return null;
  }

  async tariffTaken(): Promise<void> {}

  async factReported(report: FactReport): Promise<void> {
    await this.#take('factReported', report);
  }

  async #take(method: keyof StationPort, report: { readonly origin: MessageOrigin }): Promise<void> {
    await this.before(method, report.origin);
    this.#record({ method, epoch: report.origin.epoch, argument: report });
  }

  #record(call: PortCall): void {
    this.calls.push(call);
    const [met, others] = [
      this.#waiting.filter((one) => one.fits(call)),
      this.#waiting.filter((one) => !one.fits(call)),
    ];
    this.#waiting = others;
    for (const one of met) one.resolve(call);
  }
}
