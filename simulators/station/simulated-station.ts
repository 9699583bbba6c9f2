import { Random } from '../random.ts';
import { type Timer, TimerGroup } from '../virtual-time.ts';
import { Certificates } from './certificates.ts';
import type { ProfileContext } from './charging-profiles.ts';
import { Connector, type Permission } from './connector.ts';
import { EnergyFlow, type FlowingStation } from './energy-flow.ts';
import { connectFailed, connectionLost, stationStopped, unknownConnector } from './errors.ts';
import { EventSource } from './event-source.ts';
import { type CallFault, type FaultRule, Faults, type MeterFault } from './faults.ts';
import { Firmware, type FirmwareStatus } from './firmware.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import { Link } from './link.ts';
import { LogUploads } from './log-upload.ts';
import { type ReservationEnd, Reservations } from './reservations.ts';
import { StationClock } from './station-clock.ts';
import {
  checkStationOptions,
  DEFAULT_RECONNECT,
  type ModelFacts,
  type SimulatedStationOptions,
} from './station-options.ts';
import { TransactionQueue } from './transaction-queue.ts';
import type { VehicleFacts } from './vehicle.ts';
import { commandError, type WireOptions } from './wire.ts';
import type { Answer, CardStatus, ErrorCode, Interruption, Protocol, RebootCause } from './words.ts';

const DEFAULT_RETRY_SECONDS = 60;
const BOOT_SECONDS = { Soft: 10, Hard: 20 } as const;
const FLUSH_SECONDS = 30;
const MAX_NOTIFICATIONS = 100;
const FINISH_PATIENCE_MS = 5_000;

/** What came of showing a card. */
export type CardOutcome =
  | { readonly outcome: 'started' | 'waiting-for-cable' | 'stopped' | 'cancelled' }
  | { readonly outcome: 'refused'; readonly status: CardStatus | 'Reserved' | 'Unavailable' };

export type Registration = 'none' | 'Accepted' | 'Pending' | 'Rejected';

/** Why the station says that it boots. */
export type BootCause = 'power-up' | 'triggered' | RebootCause;

export interface CallOptions {
  /** It may go out while the station is not accepted: the boot message, and what was asked for. */
  readonly beforeAccepted?: boolean | undefined;
}

/** What people and cars do at a connector, as the protocol's rules take it. */
export interface ChargingRules<C> {
  plugIn(connector: C, vehicle: VehicleFacts): void;
  unplug(connector: C): void;
  presentCard(connector: C, idTag: string): Promise<CardOutcome>;
  /** Ends the connector's transaction, if there is one. */
  interrupt(connector: C, interruption: Interruption): void;
}

/** The profiles that limit the flow of energy. */
export type FlowLimits = FlowingStation['profiles'];

/**
 * A charging station over a real WebSocket, with cars, cards and defects as the caller wants them: the part that is the same for every
 * protocol. Everything that takes time in a real station takes simulated time. Each thing that happens is emitted as `event` and under
 * its own type; {@link ledger} tells what the central system has acknowledged.
 *
 * @typeParam T the protocol's transaction
 * @typeParam P the protocol's permission
 */
export abstract class SimulatedStation<T = unknown, P extends Permission = Permission> extends EventSource {
  abstract readonly protocol: Protocol;
  /** What the central system has acknowledged. */
  abstract readonly ledger: { readonly totals: LedgerTotals };
  abstract readonly charging: ChargingRules<Connector<T, P>>;
  abstract readonly profiles: FlowLimits;
  readonly facts: ModelFacts;
  readonly phases: 1 | 3;
  readonly maxPowerW: number;
  readonly realTransfers: boolean;
  /** For decisions of people and cars: the same for a seed and identity, whatever the protocol. */
  readonly random: Random;
  /** For what varies by itself: meters, waits. */
  readonly noise: Random;
  readonly faults = new Faults();
  readonly clock: StationClock;
  /** By number; 0 is the station as a whole. */
  readonly connectors: readonly Connector<T, P>[];
  /** Timers that end with the power. */
  readonly timers: TimerGroup;
  readonly queue: TransactionQueue;
  readonly energy: EnergyFlow;
  readonly reservations: Reservations;
  readonly firmware: Firmware;
  readonly uploads: LogUploads;
  readonly certificates: Certificates;
  readonly options: SimulatedStationOptions;
  readonly #link: Link;
  #url: string;
  #password: Buffer | undefined;
  #power: 'off' | 'on' | 'stopped' = 'off';
  #registration: Registration = 'none';
  #bootCause: BootCause = 'power-up';
  #bootTimer: Timer | undefined;
  #heartbeatTimer: Timer | undefined;
  #lastSentAt = 0;
  #callsUnderWay = 0;
  #quietWaiters: (() => void)[] = [];
  #readyWaiters: { resolve(): void; reject(error: Error): void }[] = [];
  #notifications: { readonly action: string; readonly payload: object }[] = [];

  /** @throws invalidOption */
  protected constructor(options: SimulatedStationOptions) {
    checkStationOptions(options);
    const { identity, time, connectors = 1, seed = 1, password, meterStartWh } = options;
    super(identity, time);
    this.options = options;
    this.timers = new TimerGroup(time);
    this.random = Random.named(seed, identity);
    this.noise = Random.named(seed, `${identity} noise`);
    this.clock = new StationClock(time, this.faults);
    this.phases = options.phases ?? 3;
    this.maxPowerW = options.maxPowerW ?? 11_000;
    this.realTransfers = options.realTransfers ?? false;
    this.#url = options.url;
    this.#password = typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
    this.facts = {
      vendor: 'Voltpile',
      model: 'Simulated AC 11',
      serialNumber: identity.slice(0, 25),
      firmwareVersion: '1.0.0',
      meterType: 'Simulated MID',
      ...options.model,
    };
    const registers = typeof meterStartWh === 'number' ? Array(connectors).fill(meterStartWh) : meterStartWh;
    this.connectors = Array.from({ length: connectors + 1 }, (_, id) => {
      const startWh = id === 0 ? 0 : (registers?.[id - 1] ?? this.random.integer(1_000, 5_000_000));
      return new Connector<T, P>(id, startWh, time.now());
    });
    this.queue = new TransactionQueue(this, {
      attempts: () => this.messageAttempts(),
      intervalSeconds: () => this.messageIntervalSeconds(),
    });
    this.#link = new Link(this, { ...DEFAULT_RECONNECT, ...options.reconnect });
    this.energy = new EnergyFlow(this);
    this.reservations = new Reservations(this);
    this.firmware = new Firmware(this, this.facts.firmwareVersion);
    this.uploads = new LogUploads(this);
    this.certificates = new Certificates(this);
  }

  // What the protocol makes of it

  /** Commands that the station knows. */
  protected abstract commandNames(): readonly string[];
  /** Carries out a command, whose payload fits its schema. */
  protected abstract carryOut(action: string, payload: object): Answer;
  /** A command's payload as it may be shown. */
  protected abstract withoutSecrets(action: string, payload: object): unknown;
  protected abstract sendBoot(cause: BootCause): Promise<{ readonly status: Registration; readonly interval: number }>;
  protected abstract sendHeartbeat(): Promise<void>;
  protected abstract sendStatus(connector: Connector<T, P>): Promise<void>;
  /** What a status message about the connector would say, as one text; undefined when none is ever sent about it. */
  protected abstract statusTold(connector: Connector<T, P>): string | undefined;
  protected abstract heartbeatSeconds(): number;
  protected abstract setHeartbeatSeconds(seconds: number): void;
  protected abstract pingSeconds(): number;
  protected abstract minimumStatusSeconds(): number;
  protected abstract messageAttempts(): number;
  protected abstract messageIntervalSeconds(): number;
  /** Where to connect from this power-on; empty: as the options say. */
  protected abstract configuredUrl(): string;
  /** The power is on: what waited for a reboot is in force. */
  protected abstract poweredOn(): void;
  /** The power goes: what runs in the protocol's part is forgotten. */
  protected abstract powerLost(): void;
  /** The station may speak. */
  protected abstract mayNowSpeak(): void;
  abstract maxInstalledCertificates(): number;
  abstract maxChainLength(): number;
  abstract organizationName(): string;
  abstract requestCertificate(csr: string): Promise<boolean>;
  abstract certificateRefused(): void;
  abstract reportFirmware(status: FirmwareStatus, requestId: number | undefined): void;
  abstract reservationEnded(reservationId: number, end: ReservationEnd): void;
  abstract profileContext(connector: Connector): ProfileContext | undefined;
  abstract flowChanged(connector: Connector): void;
  /** Something that matters for security happened; told at once, or when the station may speak again. */
  abstract securityEvent(type: string, techInfo?: string): void;
  /** Sends DataTransfer. @throws connectionLost, callTimedOut, callRefused */
  abstract transferData(request: {
    readonly vendorId: string;
    readonly messageId?: string;
    readonly data?: string;
  }): Promise<unknown>;
  /** Somebody's charge is under way: permitted, plugged, and not ended. */
  isCharging(connectorId: number): boolean {
    return this.connector(connectorId).isClosed;
  }

  // How it reads scenarios, whose words are those of OCPP 1.6

  /** Sets a configuration key from inside, as an installer does. @returns false when the station does not take the value */
  abstract configure(key: string, value: string): boolean;
  /**
   * Carries out a command as if the central system had sent it.
   *
   * @param words whose action and payload these are: 1.6's, or the station's own protocol's
   * @returns the answer that the central system would get
   */
  abstract obey(action: string, payload: object, words: Protocol): object;
  /** What the station calls an action of the central system that 1.6 calls so. */
  abstract ownAction(action: string): string;
  /** A rule for spoiling CALLs in the station's own words. */
  abstract ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault>;

  // What it is

  get chargingConnectors(): readonly Connector<T, P>[] {
    return this.connectors.slice(1);
  }

  /** @throws unknownConnector; 0 is one */
  connector(connectorId: number): Connector<T, P> {
    const connector = this.findConnector(connectorId);
    if (connector === undefined) throw unknownConnector({ identity: this.identity, connectorId });
    return connector;
  }

  findConnector(connectorId: number): Connector<T, P> | undefined {
    return this.connectors[connectorId];
  }

  /** The WebSocket is open. */
  get isConnected(): boolean {
    return this.#link.isOpen;
  }

  /** Connected and accepted: every message may be sent. */
  get canSpeak(): boolean {
    return this.isConnected && this.#registration === 'Accepted';
  }

  get registration(): Registration {
    return this.#registration;
  }

  get isPoweredOn(): boolean {
    return this.#power === 'on';
  }

  /** Neither the station nor the connector is broken or out of service. */
  mayStart(connector: Connector): boolean {
    const whole = this.connectors[0] as Connector;
    const works = (part: Connector) => !part.isFaulted && !part.isInoperative;
    return this.isPoweredOn && works(whole) && works(connector);
  }

  /** What a log of the station would hold; uploads send it. */
  logText(): string {
    const lines = this.connectors.map(({ id, status, meter }) =>
      id === 0 ? `station ${status}` : `connector ${id} ${status}, ${meter.shownWh()} Wh`,
    );
    const { vendor, model } = this.facts;
    return `${[new Date(this.time.now()).toISOString(), `${vendor} ${model} ${this.firmware.version}`, ...lines].join('\n')}\n`;
  }

  // Its life

  /** Powers on, connects and boots. Resolves once it was accepted and has told its statuses. @throws stationStopped, connectFailed */
  start(): Promise<void> {
    if (this.#power === 'stopped') return Promise.reject(stationStopped());
    if (this.#power === 'off') this.#powerOn('power-up');
    return this.ready();
  }

  /** Resolves when the station is connected and accepted. */
  ready(): Promise<void> {
    if (this.canSpeak) return Promise.resolve();
    const ready = new Promise<void>((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
    // Whoever does not wait for it need not hear of its failure.
    ready.catch(() => undefined);
    return ready;
  }

  /**
   * Ends it for good: every timer and socket is freed.
   *
   * @param options.finish first ends transactions (reason Other) and waits up to 5 real seconds for their messages to be answered;
   * otherwise they are left as they are, as when somebody switches the simulator off
   */
  async stop(options: { finish?: boolean } = {}): Promise<void> {
    if (this.#power === 'stopped') return;
    if (options.finish === true && this.#power === 'on') await this.#finish();
    this.#power = 'stopped';
    this.timers.cancelAll();
    this.#rejectReady(stationStopped());
    await this.#link.end();
  }

  /**
   * The power goes. Transactions end there, and are told when it is back.
   *
   * @param options.silent the socket stays open but dead, as in a real power cut (true); otherwise it is cut
   */
  powerOff(options: { silent?: boolean } = {}): void {
    if (this.#power !== 'on') return;
    if (options.silent === false) this.#link.cut();
    else this.#link.freeze();
    this.#interruptAll('power-loss');
    this.#goDown();
  }

  /** The power is back: boots anew. Resolves like {@link start}. */
  powerOn(): Promise<void> {
    return this.start();
  }

  /**
   * Restarts. Soft: transactions end first, and the central system hears of it; hard: it hears of it afterwards. Resolves once the
   * station is accepted again.
   */
  async reboot(type: 'Hard' | 'Soft', cause: RebootCause = 'somebody'): Promise<void> {
    if (this.#power !== 'on') throw stationStopped();
    if (type === 'Hard') {
      this.#link.cut();
      this.#interruptAll('hard-reset');
    } else {
      this.#interruptAll('soft-reset');
      // Transactions end properly, but nobody waits for ever for a central system that does not answer.
      if (this.canSpeak) await Promise.race([this.queue.flushed(), this.timers.sleep(FLUSH_SECONDS * 1000)]);
      if (this.#power !== 'on') return;
      void this.#link.close('Rebooting');
    }
    this.#goDown();
    this.timers.after(BOOT_SECONDS[type] * 1000, () => this.#powerOn(cause));
    return this.ready();
  }

  /** Loses its network: the socket is cut, charging goes on, transaction messages wait. */
  goOffline(): void {
    this.#link.want(false);
    if (this.#link.cut()) this.disconnected(1006, 'offline');
  }

  /** The network is back: reconnects without a boot message and sends what waits, in order. Resolves once it may speak. */
  goOnline(): Promise<void> {
    this.#link.want(true);
    this.#link.connect({ anew: true });
    return this.ready();
  }

  /** Cuts the socket as a bad network does; the station reconnects by its policy. */
  dropConnection(): void {
    this.#link.drop();
  }

  /** Closes the socket and opens a new one (after a change of the password, say). */
  async reconnect(): Promise<void> {
    if (this.#link.present === undefined) return;
    const closing = this.#link.close('Reconnecting');
    this.disconnected(1000, 'reconnecting');
    await closing;
    this.#link.connect({ anew: true });
  }

  // What people and cars do

  /** A car is plugged. @throws unknownConnector, notPossible */
  plugIn(connectorId = 1, vehicle: VehicleFacts = {}): void {
    this.charging.plugIn(this.#chargingConnector(connectorId), { ...this.options.vehicle, ...vehicle });
  }

  /** The cable is pulled on the car's side. @throws unknownConnector, notPossible */
  unplug(connectorId = 1): void {
    this.charging.unplug(this.#chargingConnector(connectorId));
  }

  /** Somebody shows a card. Resolves when the station has decided what that means; messages may still be on their way. */
  presentCard(connectorId: number, idTag: string): Promise<CardOutcome> {
    return this.charging.presentCard(this.#chargingConnector(connectorId), idTag);
  }

  /** Resolves with true once the present charge has taken so many Wh, with false when it ended before. @throws notPossible */
  chargeUntil(connectorId: number, energyWh: number): Promise<boolean> {
    return this.energy.chargeUntil(this.#chargingConnector(connectorId), energyWh);
  }

  /** Something breaks; a running transaction ends. @param connectorId 0: all */
  fault(connectorId: number, errorCode: Exclude<ErrorCode, 'NoError'>, info?: string): void {
    const connector = this.connector(connectorId);
    connector.errorCode = errorCode;
    connector.errorInfo = info?.slice(0, 50);
    const affected = connectorId === 0 ? this.chargingConnectors : [connector];
    for (const part of affected) this.charging.interrupt(part, connectorId === 0 ? 'emergency' : 'defect');
    this.reservations.connectorLost(connectorId);
    this.refresh(connector);
  }

  clearFault(connectorId: number): void {
    const connector = this.connector(connectorId);
    connector.errorCode = 'NoError';
    connector.errorInfo = undefined;
    if (connectorId > 0) this.energy.update(connector);
    this.refresh(connector);
  }

  /** Makes a connector's meter report wrongly from now on; undefined repairs it. */
  setMeterFault(connectorId: number, fault: MeterFault | undefined): void {
    this.#chargingConnector(connectorId).meter.setFault(fault);
  }

  // What it says

  /** Sends text over the socket as it is: frames that no library would make. */
  sendText(text: string): void {
    this.#link.sendText(text);
  }

  /** Resolves when no CALL of this station is under way. */
  quiet(): Promise<void> {
    if (this.#callsUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#quietWaiters.push(resolve));
  }

  /** Sends its boot message again (TriggerMessage); a new answer counts. */
  async bootAgain(): Promise<void> {
    this.#bootTimer?.cancel();
    this.#bootCause = 'triggered';
    await this.#boot();
  }

  /** Works out a connector's status anew and reports it when it has changed. */
  refresh(changed: Connector): void {
    // Every connector that anybody has is one of ours.
    const connector = changed as Connector<T, P>;
    connector.status = connector.computeStatus();
    if (connector.announced === connector.statusKey) return;
    const told = this.statusTold(connector);
    connector.announced = connector.statusKey;
    connector.statusSince = this.time.now();
    const { id: connectorId, status, errorCode } = connector;
    this.tell('status-changed', { connectorId, status, errorCode });
    connector.statusTimer?.cancel();
    if (told === connector.reported) return;
    const minimum = connector.id === 0 ? 0 : this.minimumStatusSeconds();
    if (minimum === 0) void this.#reportStatus(connector);
    else
      connector.statusTimer = this.timers.after(minimum * 1000, () => {
        if (connector.reported !== this.statusTold(connector)) void this.#reportStatus(connector);
      });
  }

  /** Sends a CALL and waits for its answer. @throws connectionLost, callTimedOut, callRefused */
  protected async send(action: string, request: object, options: CallOptions = {}): Promise<unknown> {
    if (!this.isConnected || (this.#registration !== 'Accepted' && options.beforeAccepted !== true)) {
      throw connectionLost({ action });
    }
    const release = this.time.hold();
    this.#callsUnderWay += 1;
    this.#lastSentAt = this.time.now();
    try {
      const response = await this.#link.call(action, request);
      this.tell('answered', { action, request, response });
      return response;
    } catch (error) {
      this.tell('failed', { action, request, reason: (error as Error).message });
      throw error;
    } finally {
      this.#callsUnderWay -= 1;
      if (this.#callsUnderWay === 0) for (const wake of this.#quietWaiters.splice(0)) wake();
      release();
    }
  }

  /** Sends a notification whose answer does not matter; one that cannot go now waits (the newest hundred do). */
  protected enqueue(action: string, payload: object): void {
    this.#notifications.push({ action, payload });
    if (this.#notifications.length > MAX_NOTIFICATIONS) this.#notifications.shift();
    this.#sendNotifications();
  }

  /** Plans the next heartbeat: so long after the last message of whatever kind (OCPP 1.6, 4.6; 2.0.1, G02). */
  protected armHeartbeat(): void {
    this.#heartbeatTimer?.cancel();
    const interval = this.heartbeatSeconds() * 1000;
    if (interval === 0 || !this.canSpeak) return;
    const due = Math.max(this.time.now() + 1, this.#lastSentAt + interval);
    this.#heartbeatTimer = this.timers.at(due, () => {
      if (this.time.now() - this.#lastSentAt < interval) return this.armHeartbeat();
      void this.sendHeartbeat()
        .catch(() => undefined)
        .finally(() => this.armHeartbeat());
    });
  }

  protected setPingInterval(seconds: number): void {
    this.#link.setPingInterval(seconds);
  }

  /** Logs in with another password from the next connection on. */
  protected setPassword(password: Buffer): void {
    this.#password = password;
  }

  // What its connection tells it

  wireOptions(): Omit<WireOptions, 'onClosed'> {
    const { own } = this.certificates;
    return {
      protocol: this.protocol,
      url: this.#url,
      identity: this.identity,
      password: this.#password,
      tls: own === undefined ? this.options.tls : { ...this.options.tls, cert: own.chain, key: own.key },
      callTimeoutMs: this.options.callTimeoutMs ?? 30_000,
      pingIntervalSeconds: this.pingSeconds(),
      faults: this.faults,
      actions: this.commandNames().filter((action) => !this.options.notImplemented?.includes(action)),
      onCommand: (action, payload) => this.#command(action, payload),
      onViolation: (what) => this.tell('violation', { what }),
    };
  }

  connected(): void {
    this.tell('connected', {});
    if (this.#registration === 'Accepted') void this.#resume(false);
    else void this.#boot();
  }

  disconnected(code: number, reason: string): void {
    this.#heartbeatTimer?.cancel();
    this.#bootTimer?.cancel();
    this.tell('disconnected', { code, reason });
  }

  connectFailed(reason: string, retryInSeconds: number | null, attempts: number): void {
    this.tell('connect-failed', { reason, retryInSeconds });
    if (retryInSeconds !== null) return;
    const { protocol, host, pathname } = new URL(this.#url);
    this.#rejectReady(connectFailed({ url: `${protocol}//${host}${pathname}`, attempts, reason }));
  }

  async #finish(): Promise<void> {
    this.#interruptAll('end-of-simulation');
    if (!this.canSpeak) return;
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, FINISH_PATIENCE_MS);
    });
    await Promise.race([Promise.all([this.queue.flushed(), this.quiet()]), patience]);
    clearTimeout(timeout);
  }

  #interruptAll(interruption: Interruption): void {
    for (const connector of this.chargingConnectors) this.charging.interrupt(connector, interruption);
  }

  #chargingConnector(connectorId: number): Connector<T, P> {
    if (connectorId < 1) throw unknownConnector({ identity: this.identity, connectorId });
    return this.connector(connectorId);
  }

  #powerOn(cause: BootCause): void {
    if (this.#power === 'stopped') return;
    this.#power = 'on';
    this.clock.poweredOn();
    this.poweredOn();
    this.#url = this.configuredUrl() || this.options.url;
    this.#registration = 'none';
    this.#bootCause = cause;
    for (const connector of this.connectors) {
      connector.reported = undefined;
      connector.announced = undefined;
      connector.permission = undefined;
      connector.isFinishing = false;
      connector.countedAt = this.time.now();
      this.refresh(connector);
    }
    this.reservations.rearm();
    this.#link.connect({ anew: true });
  }

  #goDown(): void {
    this.#power = 'off';
    this.#registration = 'none';
    this.timers.cancelAll();
    this.queue.powerLost();
    this.firmware.powerLost();
    this.uploads.powerLost();
    this.powerLost();
    this.tell('powered-off', {});
  }

  async #boot(): Promise<void> {
    const connection = this.#link.present;
    try {
      const { status, interval } = await this.sendBoot(this.#bootCause);
      this.#registration = status;
      if (status !== 'none') this.tell('booted', { status, intervalSeconds: interval });
      if (status === 'Accepted') {
        if (interval > 0) this.setHeartbeatSeconds(interval);
        await this.#resume(true);
      } else {
        this.#bootLater(interval > 0 ? interval : DEFAULT_RETRY_SECONDS);
      }
    } catch {
      // A lost connection boots when it is back; anything else tries again on this one.
      const isSame = this.#link.isOpen && this.#link.present === connection;
      if (isSame && this.#registration !== 'Accepted') this.#bootLater(DEFAULT_RETRY_SECONDS);
    }
  }

  #bootLater(seconds: number): void {
    this.#bootTimer?.cancel();
    this.#bootTimer = this.timers.after(seconds * 1000, () => void this.#boot());
  }

  /** The station may speak: tells statuses, then what has waited. @param all every status, not only the changed ones */
  async #resume(all: boolean): Promise<void> {
    const reports: Promise<void>[] = [];
    for (const connector of this.connectors) {
      if (all || connector.reported !== this.statusTold(connector)) reports.push(this.#reportStatus(connector));
    }
    this.armHeartbeat();
    this.mayNowSpeak();
    await Promise.all(reports);
    if (!this.canSpeak) return;
    this.firmware.booted();
    this.#sendNotifications();
    this.queue.resume();
    for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
  }

  async #reportStatus(connector: Connector<T, P>): Promise<void> {
    if (!this.canSpeak) return;
    const told = this.statusTold(connector);
    if (told === undefined) return;
    connector.reported = told;
    try {
      await this.sendStatus(connector);
    } catch (error) {
      // Told again after the next reconnect; a refusal would only be refused again.
      if (connectionLost.is(error) && connector.reported === told) connector.reported = undefined;
    }
  }

  #sendNotifications(): void {
    if (!this.canSpeak) return;
    for (const notification of this.#notifications.splice(0)) {
      this.send(notification.action, notification.payload).catch((error: unknown) => {
        if (connectionLost.is(error)) this.#notifications.push(notification);
      });
    }
  }

  async #command(action: string, payload: object): Promise<Answer | undefined> {
    const fault = this.faults.takeForAnswer(action, payload);
    if (fault?.kind === 'call-error') throw commandError(fault.code, fault.description ?? '');
    // The strict library has checked the payload against the action's schema.
    const answer = this.carryOut(action, payload);
    const { response, afterwards } = answer;
    this.tell('command', { action, request: this.withoutSecrets(action, payload), response });
    switch (fault?.kind) {
      case 'never-answer':
        if (afterwards !== undefined) setImmediate(afterwards);
        return undefined;
      case 'answer-late':
        await this.timers.sleep(fault.delaySeconds * 1000);
        return answer;
      case 'wrong-answer':
        return { response: fault.payload, afterwards };
      default:
        return answer;
    }
  }

  #rejectReady(error: Error): void {
    for (const { reject } of this.#readyWaiters.splice(0)) reject(error);
  }
}
