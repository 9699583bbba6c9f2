import { Authorization } from '../ocpp-j/authorization.ts';
import { type CallOptions, OcppJStation } from '../ocpp-j/station.ts';
import { ChargingProfiles, type ProfileContext } from '../station/charging-profiles.ts';
import type { Connector } from '../station/connector.ts';
import type { CallFault, FaultRule } from '../station/faults.ts';
import type { FirmwareStatus } from '../station/firmware.ts';
import type { BootAnswer, BootCause } from '../station/simulated-station.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import type { Answer, Protocol } from '../station/words.ts';
import { Charging } from './charging.ts';
import { COMMANDS, type CommandHandler } from './commands/table.ts';
import { Configuration } from './configuration.ts';
import { Diagnostics } from './diagnostics.ts';
import { fromIdTagInfo } from './id-tag-info.ts';
import { Ledger } from './ledger.ts';
import { authorize } from './messages/authorize.ts';
import { bootNotification } from './messages/boot-notification.ts';
import { dataTransfer } from './messages/data-transfer.ts';
import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signCertificate } from './messages/sign-certificate.ts';
import { signedFirmwareStatusNotification } from './messages/signed-firmware-status-notification.ts';
import { statusNotification } from './messages/status-notification.ts';
import { isPlainFirmwareStatus } from './plain-firmware-status.ts';
import type { ShownCost } from './shown-cost.ts';
import type { Permission, Transaction } from './transaction.ts';
import type {
  CentralAction,
  CentralRequest,
  CentralResponse,
  ChargingProfile,
  StationAction,
  StationRequest,
  StationResponse,
} from './types.ts';

/** A charging station that speaks OCPP 1.6J: core, all feature profiles and the security extension. */
export class SimulatedStation16 extends OcppJStation<Transaction, Permission> {
  readonly protocol: Protocol = 'ocpp1.6';
  readonly configuration: Configuration;
  readonly ledger: Ledger;
  readonly authorization: Authorization<string>;
  readonly profiles: ChargingProfiles<ChargingProfile>;
  readonly charging: Charging;
  readonly diagnostics: Diagnostics;
  /** What its display says that a charge costs, by what it was told last. */
  shownCost: ShownCost | undefined;

  /** @throws invalidOption */
  constructor(options: SimulatedStationOptions) {
    super(options);
    const configuration = new Configuration({
      CentralSystemURL: options.url,
      NumberOfConnectors: String(options.connectors ?? 1),
      ...options.configuration,
    });
    this.configuration = configuration;
    this.ledger = new Ledger(options.keepLedger ?? true);
    this.profiles = new ChargingProfiles(
      {
        units: () =>
          configuration
            .list('ChargingScheduleAllowedChargingRateUnit')
            .map((unit) => (unit === 'Current' ? 'A' : ('W' as const))),
        maxLevel: () => configuration.integer('ChargeProfileMaxStackLevel'),
        maxPeriods: () => configuration.integer('ChargingScheduleMaxPeriods'),
        maxInstalled: () => configuration.integer('MaxChargingProfilesInstalled'),
        replacesSameLevel: true,
      },
      this.phases,
    );
    this.authorization = new Authorization<string>(
      {
        numberOf: (idTag) => idTag,
        ask: async (idTag) => fromIdTagInfo(await authorize(this, idTag)),
        canAsk: () => this.canSpeak,
        preAuthorizes: () => configuration.flag('LocalPreAuthorize'),
        decidesOffline: () => configuration.flag('LocalAuthorizeOffline'),
        allowsUnknownOffline: () => configuration.flag('AllowOfflineTxForUnknownId'),
        isCacheEnabled: () => configuration.flag('AuthorizationCacheEnabled'),
        localList: {
          isEnabled: () => configuration.flag('LocalAuthListEnabled'),
          maxChanges: () => configuration.integer('SendLocalListMaxLength'),
          maxEntries: () => configuration.integer('LocalAuthListMaxLength'),
        },
        told: (connectorId, idTag, status, source) => this.tell('authorized', { connectorId, idTag, status, source }),
      },
      this.clock,
    );
    this.charging = new Charging(this);
    this.diagnostics = new Diagnostics(this);
  }

  /** What the central system has acknowledged. */
  get acknowledged(): Ledger {
    return this.ledger;
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

  transferData(request: StationRequest<'DataTransfer'>): Promise<StationResponse<'DataTransfer'>> {
    return dataTransfer(this, request);
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

  /** A configuration key was changed: what is running follows it. */
  configurationChanged(name: string): void {
    switch (name) {
      case 'HeartbeatInterval':
        this.armHeartbeat();
        break;
      case 'MeterValueSampleInterval':
        for (const connector of this.chargingConnectors) this.charging.armSampling(connector);
        break;
      case 'ClockAlignedDataInterval':
        this.charging.armClockAligned();
        break;
      case 'WebSocketPingInterval':
        this.setPingInterval(this.pingSeconds());
        break;
    }
  }

  /** Takes a new password for the next login. @returns whether the key can be one */
  setAuthorizationKey(key: string): boolean {
    if (this.options.authorizationKeyEncoding === 'text') {
      this.setPassword(Buffer.from(key, 'utf8'));
      return true;
    }
    if (!/^(?:[0-9a-f]{2}){16,20}$/i.test(key)) return false;
    this.setPassword(Buffer.from(key, 'hex'));
    return true;
  }

  configure(key: string, value: string): boolean {
    const { status, name } = this.configuration.change(key, value);
    if (name === undefined || status === 'Rejected') return false;
    this.configurationChanged(name);
    return true;
  }

  obey(action: string, payload: object): object {
    return this.applyCommand(action as CentralAction, payload as CentralRequest<CentralAction>);
  }

  ownAction(action: string): string {
    return action;
  }

  ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault> {
    return rule;
  }

  protected commandNames(): readonly string[] {
    return Object.keys(COMMANDS);
  }

  protected carryOut(action: string, payload: object): Answer {
    const handler = COMMANDS[action as CentralAction] as CommandHandler<CentralAction>;
    return handler(this, payload as CentralRequest<CentralAction>);
  }

  /** ChangeConfiguration carries passwords. */
  protected withoutSecrets(_action: string, payload: object): unknown {
    const { key } = payload as { key?: unknown };
    const isSecret = typeof key === 'string' && key.toLowerCase() === 'authorizationkey';
    return isSecret ? { ...payload, value: '(hidden)' } : payload;
  }

  protected sendBoot(_cause: BootCause): Promise<BootAnswer> {
    return bootNotification(this);
  }

  protected sendHeartbeat(): Promise<void> {
    return heartbeat(this);
  }

  protected sendStatus(connector: Connector<Transaction, Permission>): Promise<void> {
    return statusNotification(this, connector);
  }

  protected statusTold(connector: Connector): string {
    return connector.statusKey;
  }

  protected heartbeatSeconds(): number {
    return this.configuration.integer('HeartbeatInterval');
  }

  protected setHeartbeatSeconds(seconds: number): void {
    this.configuration.set('HeartbeatInterval', String(seconds));
  }

  protected pingSeconds(): number {
    return this.configuration.integer('WebSocketPingInterval');
  }

  protected minimumStatusSeconds(): number {
    return this.configuration.integer('MinimumStatusDuration');
  }

  protected messageAttempts(): number {
    return this.configuration.integer('TransactionMessageAttempts');
  }

  protected messageIntervalSeconds(): number {
    return this.configuration.integer('TransactionMessageRetryInterval');
  }

  protected configuredUrl(): string {
    return this.configuration.text('CentralSystemURL');
  }

  protected poweredOn(): void {
    this.configuration.rebooted();
  }

  protected powerLost(): void {
    this.diagnostics.powerLost();
  }

  protected mayNowSpeak(): void {
    this.charging.armClockAligned();
  }

  maxInstalledCertificates(): number {
    return this.configuration.integer('CertificateStoreMaxLength');
  }

  maxChainLength(): number {
    return this.configuration.integer('CertificateSignedMaxChainSize');
  }

  organizationName(): string {
    return this.configuration.text('CpoName');
  }

  async requestCertificate(csr: string): Promise<boolean> {
    const { status } = await signCertificate(this, csr);
    return status === 'Accepted';
  }

  certificateRefused(): void {
    this.securityEvent('InvalidChargePointCertificate');
  }

  reportFirmware(status: FirmwareStatus, requestId: number | undefined): void {
    if (requestId !== undefined) signedFirmwareStatusNotification(this, status, requestId);
    // The scheduled states exist only in the signed message.
    else if (isPlainFirmwareStatus(status)) firmwareStatusNotification(this, status);
  }

  /** OCPP 1.6 has no message for it. */
  reservationEnded(): void {}

  profileContext(connector: Connector): ProfileContext | undefined {
    return (connector as Connector<Transaction, Permission>).transaction;
  }

  /** The connector's status says it all. */
  flowChanged(): void {}
}
