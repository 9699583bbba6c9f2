import { Authorization } from '../ocpp-j/authorization.ts';
import type { ReservationEnd } from '../ocpp-j/reservations.ts';
import { type CallOptions, OcppJStation } from '../ocpp-j/station.ts';
import { ChargingProfiles, type ProfileContext, type RateUnit } from '../station/charging-profiles.ts';
import type { Connector as AnyConnector } from '../station/connector.ts';
import { invalidOption } from '../station/errors.ts';
import type { CallFault, FaultRule } from '../station/faults.ts';
import type { FirmwareStatus } from '../station/firmware.ts';
import type { BootAnswer, BootCause, CardOutcome } from '../station/simulated-station.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import type { Answer, ErrorCode, Protocol } from '../station/words.ts';
import { Charging } from './charging.ts';
import { fromOcpp201Profile } from './charging-profile.ts';
import { COMMANDS, type CommandHandler } from './commands/table.ts';
import { connectorStatusOf } from './connector-status.ts';
import { DeviceModel } from './device-model/device-model.ts';
import type { VariableKey } from './device-model/variables.ts';
import { deviceValuesOf } from './device-values.ts';
import { Display } from './display.ts';
import { fromIdTokenInfo } from './id-token-info.ts';
import { Ledger } from './ledger.ts';
import { Logs } from './logs.ts';
import { authorize } from './messages/authorize.ts';
import { bootNotification } from './messages/boot-notification.ts';
import { clearedChargingLimit } from './messages/cleared-charging-limit.ts';
import { dataTransfer } from './messages/data-transfer.ts';
import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { notifyChargingLimit } from './messages/notify-charging-limit.ts';
import { notifyEvChargingNeeds } from './messages/notify-ev-charging-needs.ts';
import { reservationStatusUpdate } from './messages/reservation-status-update.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signCertificate } from './messages/sign-certificate.ts';
import { statusNotification } from './messages/status-notification.ts';
import { Monitoring } from './monitoring.ts';
import { Network } from './network.ts';
import { PublishedFirmware } from './published-firmware.ts';
import { keyOf, ownAction, ownCallRule, ownCommand } from './scenario-words.ts';
import { withoutSecrets } from './secrets.ts';
import type { Connector, Permission, Transaction } from './transaction.ts';
import type {
  CentralAction,
  CentralRequest,
  CentralResponse,
  ChargingLimitSource,
  ChargingProfile,
  EventData,
  IdToken,
  StationAction,
  StationRequest,
  StationResponse,
} from './types.ts';

/** A profile as it came, and from whom. */
export interface ChargingProfileEntry {
  readonly profile: ChargingProfile;
  readonly source: ChargingLimitSource;
}

/** Ids of the profiles that stand for limits from outside: far from those of any central system. */
const EXTERNAL_PROFILE_ID = 2_000_000_000;

/**
 * A charging station that speaks OCPP 2.0.1 and is governed by a device model. Each EVSE has one connector; what the common part calls
 * connector n is EVSE n.
 */
export class SimulatedStation201 extends OcppJStation<Transaction, Permission> {
  readonly protocol: Protocol = 'ocpp2.0.1';
  readonly device: DeviceModel;
  readonly ledger: Ledger;
  readonly authorization: Authorization<IdToken>;
  readonly profiles: ChargingProfiles<ChargingProfileEntry>;
  readonly charging: Charging;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly display = new Display();
  /** What a charge costs, as CostUpdated has told last: also of one that has ended. */
  shownCost: { readonly transactionId: string; readonly cost: number } | undefined;
  readonly logs: Logs;
  readonly publishedFirmware: PublishedFirmware;
  /** Reset OnIdle waits for the transactions: of the station, or of these EVSEs. */
  #resetWaits: 'no' | 'station' | Set<number> = 'no';

  /** @throws invalidOption */
  constructor(options: SimulatedStationOptions) {
    super(options);
    this.network = new Network(options.url, options.password !== undefined, () => this.device);
    this.monitoring = new Monitoring(this);
    const configured = Object.entries(options.configuration ?? {}).map(([key, value]) => [keyOf(key) ?? key, value]);
    const device = new DeviceModel(deviceValuesOf(this), Object.fromEntries(configured));
    this.device = device;
    this.ledger = new Ledger(options.keepLedger ?? true);
    this.profiles = new ChargingProfiles(
      {
        units: () => device.list('SmartChargingCtrlr.RateUnit') as RateUnit[],
        maxLevel: () => device.integer('SmartChargingCtrlr.ProfileStackLevel'),
        maxPeriods: () => device.integer('SmartChargingCtrlr.PeriodsPerSchedule'),
        maxInstalled: () => device.max('SmartChargingCtrlr.Entries[ChargingProfiles]'),
        replacesSameLevel: false,
      },
      this.phases,
    );
    this.authorization = new Authorization<IdToken>(
      {
        numberOf: ({ idToken }) => idToken,
        ask: async (idToken) => fromIdTokenInfo(await authorize(this, idToken)),
        canAsk: () => this.canSpeak && !device.flag('AuthCtrlr.DisableRemoteAuthorization'),
        preAuthorizes: () => device.flag('AuthCtrlr.LocalPreAuthorize'),
        decidesOffline: () => device.flag('AuthCtrlr.LocalAuthorizeOffline'),
        allowsUnknownOffline: () => device.flag('AuthCtrlr.OfflineTxForUnknownIdEnabled') && !this.canSpeak,
        isCacheEnabled: () => device.flag('AuthCacheCtrlr.Enabled'),
        localList: {
          isEnabled: () => device.flag('LocalAuthListCtrlr.Enabled'),
          maxChanges: () => device.integer('LocalAuthListCtrlr.ItemsPerMessage'),
          maxEntries: () => device.max('LocalAuthListCtrlr.Entries'),
        },
        told: (connectorId, idTag, status, source) => this.tell('authorized', { connectorId, idTag, status, source }),
      },
      this.clock,
    );
    this.charging = new Charging(this);
    this.logs = new Logs(this);
    this.publishedFirmware = new PublishedFirmware(this);
  }

  /** What the central system has acknowledged. */
  get acknowledged(): Ledger {
    return this.ledger;
  }

  override mayStart(connector: AnyConnector): boolean {
    const isAwaited =
      this.#resetWaits === 'station' || (this.#resetWaits !== 'no' && this.#resetWaits.has(connector.id));
    return !isAwaited && super.mayStart(connector);
  }

  /** Somebody shows a card, of which the number is enough. */
  override presentCard(connectorId: number, card: string | IdToken): Promise<CardOutcome> {
    return this.charging.presentCard(this.connector(connectorId), card);
  }

  override fault(connectorId: number, errorCode: Exclude<ErrorCode, 'NoError'>, info?: string): void {
    super.fault(connectorId, errorCode, info);
    this.monitoring.problem(connectorId, errorCode, info, false);
  }

  override clearFault(connectorId: number): void {
    const { errorCode, errorInfo, isFaulted } = this.connector(connectorId);
    super.clearFault(connectorId);
    if (isFaulted) this.monitoring.problem(connectorId, errorCode, errorInfo, true);
  }

  override refresh(changed: AnyConnector): void {
    const connector = changed as Connector;
    const before = connector.announced === undefined ? undefined : this.statusTold(connector);
    super.refresh(connector);
    const now = this.statusTold(connector);
    if (before !== undefined && now !== undefined && before !== now) {
      this.monitoring.availabilityChanged(connector.id, now);
    }
    this.monitoring.monitors.check();
  }

  /** Somebody else than the central system limits the charging. @param evseId 0: everywhere @param watts undefined: no more */
  limitFromOutside(evseId: number, watts: number | undefined, source: ChargingLimitSource = 'EMS'): void {
    const id = EXTERNAL_PROFILE_ID + evseId;
    if (watts === undefined) {
      if (this.profiles.clear(({ profile }) => profile.id === id)) clearedChargingLimit(this, evseId, source);
    } else {
      const profile: ChargingProfile = {
        id,
        stackLevel: 0,
        chargingProfilePurpose: 'ChargingStationExternalConstraints',
        chargingProfileKind: 'Absolute',
        chargingSchedule: [
          { id, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: watts }] },
        ] as ChargingProfile['chargingSchedule'],
      };
      this.profiles.set(evseId, fromOcpp201Profile(profile), { profile, source });
      notifyChargingLimit(this, evseId, source, profile);
    }
    this.energy.updateAll();
  }

  /** Tells what the plugged car would take, as cars do that speak ISO 15118. */
  tellChargingNeeds(evseId: number, departureTime?: string): Promise<StationResponse<'NotifyEVChargingNeeds'>> {
    return notifyEvChargingNeeds(this, this.connector(evseId), departureTime);
  }

  /** Sends a CALL and waits for its answer. @throws connectionLost, callTimedOut, callRefused */
  async call<A extends StationAction>(
    action: A,
    request: StationRequest<A>,
    options: CallOptions = {},
  ): Promise<StationResponse<A>> {
    return (await this.send(action, request, options)) as StationResponse<A>;
  }

  /** Sends a notification whose answer does not matter; one that cannot go now waits. */
  notify<A extends StationAction>(action: A, payload: StationRequest<A>): void {
    this.enqueue(action, payload);
  }

  transferData(request: StationRequest<'DataTransfer'> | { readonly vendorId: string; readonly data?: string }) {
    // `data` is anything in OCPP 2.0.1, a text too.
    return dataTransfer(this, request as StationRequest<'DataTransfer'>);
  }

  securityEvent(type: string, techInfo?: string): void {
    securityEventNotification(this, type, techInfo);
  }

  /** Carries out a command as if the central system had sent it. @returns the answer that it would get */
  applyCommand<A extends CentralAction>(action: A, request: CentralRequest<A>): CentralResponse<A> {
    const handler = COMMANDS[action] as CommandHandler<A>;
    const { response, afterwards } = handler(this, request);
    if (afterwards !== undefined) setImmediate(afterwards);
    return response;
  }

  /** A variable was changed: what is running follows it. */
  variableChanged(key: VariableKey): void {
    switch (key) {
      case 'OCPPCommCtrlr.HeartbeatInterval':
        this.armHeartbeat();
        break;
      case 'OCPPCommCtrlr.WebSocketPingInterval':
        this.setPingInterval(this.pingSeconds());
        break;
      case 'SampledDataCtrlr.Enabled':
      case 'SampledDataCtrlr.TxUpdatedInterval':
      case 'SampledDataCtrlr.TxEndedInterval':
        this.charging.metering.armAll();
        break;
      case 'AlignedDataCtrlr.Enabled':
      case 'AlignedDataCtrlr.Interval':
      case 'AlignedDataCtrlr.TxEndedInterval':
        this.charging.metering.armClockAligned();
        break;
    }
    this.monitoring.monitors.check();
  }

  /** Takes a new password for the next login (SecurityCtrlr.BasicAuthPassword). */
  setBasicAuthPassword(password: string): void {
    this.setPassword(Buffer.from(password, 'utf8'));
  }

  /** Restarts once no transaction runs (Reset OnIdle); nobody may start until then. @param evseId only this one */
  resetWhenIdle(evseId: number | undefined): void {
    if (evseId === undefined) this.#resetWaits = 'station';
    else if (this.#resetWaits !== 'station') {
      this.#resetWaits = new Set(this.#resetWaits === 'no' ? [] : this.#resetWaits).add(evseId);
    }
  }

  /** A charge is over, or was never begun: what waited for that goes on. */
  chargeEnded(connector: Connector): void {
    if (this.#resetWaits === 'station') {
      if (this.chargingConnectors.some(({ transaction }) => transaction !== undefined)) return;
      this.#resetWaits = 'no';
      void this.reboot('Soft', 'command').catch(() => undefined);
    } else if (this.#resetWaits !== 'no' && this.#resetWaits.delete(connector.id)) {
      if (this.#resetWaits.size === 0) this.#resetWaits = 'no';
    }
  }

  /** The transaction of a name that runs here. */
  findTransaction(transactionId: string): Connector | undefined {
    return this.chargingConnectors.find(({ transaction }) => transaction?.transactionId === transactionId);
  }

  transactionIdAt(evseId: number | undefined): string | undefined {
    const connectors = evseId === undefined ? this.chargingConnectors : [this.connector(evseId)];
    return connectors.find(({ transaction }) => transaction !== undefined)?.transaction?.transactionId;
  }

  monitorFired(event: Omit<EventData, 'eventId' | 'timestamp'>, severity: number): void {
    this.monitoring.tell(event, severity);
  }

  configure(key: string, value: string): boolean {
    const own = keyOf(key);
    if (own === undefined) throw invalidOption({ option: 'configure', reason: `${key} is unknown to OCPP 2.0.1` });
    const status = this.device.change(own, value);
    if (status === 'Accepted') this.variableChanged(own);
    return status !== 'Rejected';
  }

  obey(action: string, payload: object, words: Protocol): object {
    const own = words === this.protocol ? { action, payload } : ownCommand(this, action, payload);
    return this.applyCommand(own.action as CentralAction, own.payload as CentralRequest<CentralAction>);
  }

  ownAction(action: string): string {
    return ownAction(action);
  }

  ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault> {
    return ownCallRule(rule);
  }

  protected commandNames(): readonly string[] {
    return Object.keys(COMMANDS);
  }

  protected carryOut(action: string, payload: object): Answer {
    const handler = COMMANDS[action as CentralAction] as CommandHandler<CentralAction>;
    return handler(this, payload as CentralRequest<CentralAction>);
  }

  protected withoutSecrets(action: string, payload: object): unknown {
    return withoutSecrets(action, payload);
  }

  protected sendBoot(cause: BootCause): Promise<BootAnswer> {
    return bootNotification(this, cause);
  }

  protected sendHeartbeat(): Promise<void> {
    return heartbeat(this);
  }

  protected sendStatus(connector: Connector): Promise<void> {
    return statusNotification(this, connector);
  }

  /** The station as a whole has no status message. */
  protected statusTold(connector: Connector): string | undefined {
    return connector.id === 0 ? undefined : connectorStatusOf(connector);
  }

  protected heartbeatSeconds(): number {
    return this.device.integer('OCPPCommCtrlr.HeartbeatInterval');
  }

  protected setHeartbeatSeconds(seconds: number): void {
    this.device.set('OCPPCommCtrlr.HeartbeatInterval', String(seconds));
  }

  protected pingSeconds(): number {
    return this.device.integer('OCPPCommCtrlr.WebSocketPingInterval');
  }

  protected minimumStatusSeconds(): number {
    return 0;
  }

  protected messageAttempts(): number {
    return this.device.integer('OCPPCommCtrlr.MessageAttempts[TransactionEvent]');
  }

  protected messageIntervalSeconds(): number {
    return this.device.integer('OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]');
  }

  protected configuredUrl(): string {
    return this.network.chooseUrl();
  }

  protected poweredOn(): void {
    this.device.rebooted();
    this.#resetWaits = 'no';
    this.monitoring.monitors.rearm();
  }

  protected powerLost(): void {
    this.logs.powerLost();
    this.publishedFirmware.powerLost();
  }

  protected mayNowSpeak(): void {
    this.charging.metering.armClockAligned();
  }

  maxInstalledCertificates(): number {
    return this.device.max('SecurityCtrlr.CertificateEntries');
  }

  maxChainLength(): number {
    return this.device.integer('SecurityCtrlr.MaxCertificateChainSize');
  }

  organizationName(): string {
    return this.device.text('SecurityCtrlr.OrganizationName');
  }

  async requestCertificate(csr: string): Promise<boolean> {
    const { status } = await signCertificate(this, csr);
    return status === 'Accepted';
  }

  certificateRefused(): void {
    this.securityEvent('InvalidChargingStationCertificate');
  }

  reportFirmware(status: FirmwareStatus, requestId: number | undefined): void {
    firmwareStatusNotification(this, status, requestId);
  }

  reservationEnded(reservationId: number, end: ReservationEnd): void {
    if (end === 'expired') reservationStatusUpdate(this, reservationId, 'Expired');
    if (end === 'lost') reservationStatusUpdate(this, reservationId, 'Removed');
  }

  profileContext(connector: AnyConnector): ProfileContext | undefined {
    return connector.isClosed ? { startedAt: connector.closedAt } : undefined;
  }

  flowChanged(connector: AnyConnector): void {
    this.charging.flowChanged(connector as Connector);
  }
}
