import { EventEmitter } from 'node:events';
import { Random } from '../random.ts';
import { type Timer, TimerGroup, type VirtualTime } from '../virtual-time.ts';
import { Authorization } from './authorization.ts';
import { Certificates } from './certificates.ts';
import { type CardOutcome, Charging } from './charging.ts';
import { ChargingProfiles } from './charging-profiles.ts';
import { COMMANDS, type CommandHandler } from './commands/table.ts';
import { Configuration } from './configuration.ts';
import { Connector } from './connector.ts';
import { Diagnostics } from './diagnostics.ts';
import { connectFailed, connectionLost, stationStopped, unknownConnector } from './errors.ts';
import type { StationEvent, StationEventFacts, StationEventOf, StationEventType } from './events.ts';
import { Faults, type MeterFault } from './faults.ts';
import { Firmware } from './firmware.ts';
import { Ledger } from './ledger.ts';
import { bootNotification } from './messages/boot-notification.ts';
import { dataTransfer } from './messages/data-transfer.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { statusNotification } from './messages/status-notification.ts';
import { Reservations } from './reservations.ts';
import { StationClock } from './station-clock.ts';
import {
  checkStationOptions,
  DEFAULT_RECONNECT,
  type ModelFacts,
  type ReconnectPolicy,
  type SimulatedStationOptions,
} from './station-options.ts';
import { TransactionQueue } from './transaction-queue.ts';
import type {
  CentralAction,
  CentralRequest,
  CentralResponse,
  ChargePointErrorCode,
  StationAction,
  StationRequest,
  StationResponse,
} from './types.ts';
import type { VehicleFacts } from './vehicle.ts';
import { commandError, Wire } from './wire.ts';

const DEFAULT_RETRY_SECONDS = 60;
const BOOT_SECONDS = { Soft: 10, Hard: 20 } as const;
const MAX_NOTIFICATIONS = 100;
const FINISH_PATIENCE_MS = 5_000;
const WAIT_FOR_PATIENCE_MS = 15_000;

type EventMap = { event: [StationEvent] } & { [T in StationEventType]: [StationEventOf<T>] };

/**
 * A charging station that speaks OCPP 1.6J (core, all feature profiles and the security extension) over a real WebSocket, with cars,
 * cards and defects as the caller wants them. Everything that takes time in a real station takes simulated time. Each thing that
 * happens is emitted as `event` and under its own type; {@link ledger} tells what the central system has acknowledged.
 */
export class SimulatedStation extends EventEmitter<EventMap> {
  readonly identity: string;
  readonly time: VirtualTime;
  readonly facts: ModelFacts;
  readonly phases: 1 | 3;
  readonly maxPowerW: number;
  readonly random: Random;
  readonly faults = new Faults();
  readonly clock: StationClock;
  readonly configuration: Configuration;
  /** By number; 0 is the station as a whole. */
  readonly connectors: readonly Connector[];
  /** Timers that end with the power. */
  readonly timers: TimerGroup;
  readonly ledger: Ledger;
  readonly queue: TransactionQueue;
  readonly authorization: Authorization;
  readonly reservations: Reservations;
  readonly profiles: ChargingProfiles;
  readonly charging: Charging;
  readonly firmware: Firmware;
  readonly diagnostics: Diagnostics;
  readonly certificates: Certificates;
  readonly onDataTransfer: SimulatedStationOptions['onDataTransfer'];
  readonly #options: SimulatedStationOptions;
  readonly #reconnect: ReconnectPolicy;
  #url: string;
  #password: Buffer | undefined;
  #power: 'off' | 'on' | 'stopped' = 'off';
  #wantsConnection = true;
  #wire: Wire | undefined;
  /** A socket that was left behind without power; freed later. */
  readonly #frozen = new Set<Wire>();
  #registration: 'none' | 'Accepted' | 'Pending' | 'Rejected' = 'none';
  #connectAttempts = 0;
  #bootTimer: Timer | undefined;
  #heartbeatTimer: Timer | undefined;
  #lastSentAt = 0;
  #callsUnderWay = 0;
  #quietWaiters: (() => void)[] = [];
  #readyWaiters: { resolve(): void; reject(error: Error): void }[] = [];
  #notifications: { readonly action: StationAction; readonly payload: object }[] = [];

  /** @throws invalidOption */
  constructor(options: SimulatedStationOptions) {
    super();
    this.setMaxListeners(100);
    checkStationOptions(options);
    const { identity, time, connectors = 1, seed = 1, password } = options;
    this.#options = options;
    this.identity = identity;
    this.time = time;
    this.timers = new TimerGroup(time);
    this.random = Random.named(seed, identity);
    this.clock = new StationClock(time, this.faults);
    this.phases = options.phases ?? 3;
    this.maxPowerW = options.maxPowerW ?? 11_000;
    this.#reconnect = { ...DEFAULT_RECONNECT, ...options.reconnect };
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
    this.configuration = new Configuration({
      CentralSystemURL: options.url,
      NumberOfConnectors: String(connectors),
      ...options.configuration,
    });
    const { meterStartWh } = options;
    const registers = typeof meterStartWh === 'number' ? Array(connectors).fill(meterStartWh) : meterStartWh;
    this.connectors = Array.from({ length: connectors + 1 }, (_, id) => {
      const startWh = id === 0 ? 0 : (registers?.[id - 1] ?? this.random.integer(1_000, 5_000_000));
      return new Connector(id, startWh, time.now());
    });
    this.ledger = new Ledger(options.keepLedger ?? true);
    this.onDataTransfer = options.onDataTransfer;
    this.profiles = new ChargingProfiles(this.configuration, this.phases);
    this.authorization = new Authorization(this);
    this.reservations = new Reservations(this);
    this.queue = new TransactionQueue(this);
    this.charging = new Charging(this);
    this.firmware = new Firmware(this, this.facts.firmwareVersion);
    this.diagnostics = new Diagnostics(this);
    this.certificates = new Certificates(this);
  }

  // What it is

  get chargingConnectors(): readonly Connector[] {
    return this.connectors.slice(1);
  }

  /** @throws unknownConnector; 0 is one */
  connector(connectorId: number): Connector {
    const connector = this.findConnector(connectorId);
    if (connector === undefined) throw unknownConnector({ identity: this.identity, connectorId });
    return connector;
  }

  findConnector(connectorId: number): Connector | undefined {
    return this.connectors[connectorId];
  }

  /** The WebSocket is open. */
  get isConnected(): boolean {
    return this.#wire?.isOpen === true;
  }

  /** Connected and accepted: every message may be sent. */
  get canSpeak(): boolean {
    return this.isConnected && this.#registration === 'Accepted';
  }

  get registration(): 'none' | 'Accepted' | 'Pending' | 'Rejected' {
    return this.#registration;
  }

  /** What the central system has acknowledged. */
  get acknowledged(): Ledger {
    return this.ledger;
  }

  /** Neither the station nor the connector is broken or out of service. */
  mayStart(connector: Connector): boolean {
    const whole = this.connectors[0] as Connector;
    const works = (part: Connector) => !part.isFaulted && !part.isInoperative;
    return this.#power === 'on' && works(whole) && works(connector);
  }

  // Its life

  /** Powers on, connects and boots. Resolves once it was accepted and has told its statuses. @throws stationStopped, connectFailed */
  start(): Promise<void> {
    if (this.#power === 'stopped') return Promise.reject(stationStopped());
    if (this.#power === 'off') this.#powerOn();
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
    const wire = this.#wire;
    this.#wire = undefined;
    for (const frozen of this.#frozen) frozen.drop();
    this.#frozen.clear();
    this.#rejectReady(stationStopped());
    await wire?.close(1000, 'Stopped');
  }

  /**
   * The power goes. Transactions end there, and are told when it is back.
   *
   * @param options.silent the socket stays open but dead, as in a real power cut (true); otherwise it is cut
   */
  powerOff(options: { silent?: boolean } = {}): void {
    if (this.#power !== 'on') return;
    const wire = this.#wire;
    this.#wire = undefined;
    if (options.silent !== false && wire?.isOpen === true) {
      wire.vanish();
      this.#frozen.add(wire);
    } else {
      wire?.drop();
    }
    for (const connector of this.chargingConnectors) this.charging.stop(connector, 'PowerLoss');
    this.#goDown();
  }

  /** The power is back: boots anew. Resolves like {@link start}. */
  powerOn(): Promise<void> {
    return this.start();
  }

  /** Restarts as Reset asks. Resolves once it is accepted again. */
  async reboot(type: 'Hard' | 'Soft'): Promise<void> {
    if (this.#power !== 'on') throw stationStopped();
    const wire = this.#wire;
    if (type === 'Hard') {
      this.#wire = undefined;
      wire?.drop();
      for (const connector of this.chargingConnectors) this.charging.stop(connector, 'HardReset');
    } else {
      for (const connector of this.chargingConnectors) this.charging.stop(connector, 'SoftReset');
      // A soft reset lets transactions end properly, but does not wait for ever for a central system that does not answer.
      if (this.canSpeak) await Promise.race([this.queue.flushed(), this.timers.sleep(30_000)]);
      if (this.#power !== 'on') return;
      this.#wire = undefined;
      const release = this.time.hold();
      void wire?.close(1000, 'Rebooting').finally(release);
      if (wire === undefined) release();
    }
    this.#goDown();
    this.timers.after(BOOT_SECONDS[type] * 1000, () => this.#powerOn());
    return this.ready();
  }

  /** Loses its network: the socket is cut, charging goes on, transaction messages wait. */
  goOffline(): void {
    this.#wantsConnection = false;
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.drop();
    if (wire !== undefined) this.#disconnected(1006, 'offline');
  }

  /** The network is back: reconnects without a boot message and sends what waits, in order. Resolves once it may speak. */
  goOnline(): Promise<void> {
    this.#wantsConnection = true;
    this.#connectAttempts = 0;
    this.#connect();
    return this.ready();
  }

  /** Cuts the socket as a bad network does; the station reconnects by its policy. */
  dropConnection(): void {
    this.#wire?.drop();
  }

  /** Closes the socket and opens a new one (after a change of the password, say). */
  async reconnect(): Promise<void> {
    const wire = this.#wire;
    if (wire === undefined) return;
    this.#wire = undefined;
    this.#disconnected(1000, 'reconnecting');
    const release = this.time.hold();
    try {
      await wire.close(1000, 'Reconnecting');
    } finally {
      release();
    }
    this.#connectAttempts = 0;
    this.#connect();
  }

  // What people and cars do

  /** A car is plugged. @throws unknownConnector, notPossible */
  plugIn(connectorId = 1, vehicle: VehicleFacts = {}): void {
    this.charging.plugIn(this.#chargingConnector(connectorId), { ...this.#options.vehicle, ...vehicle });
  }

  /** The cable is pulled on the car's side. @throws unknownConnector, notPossible */
  unplug(connectorId = 1): void {
    this.charging.unplug(this.#chargingConnector(connectorId));
  }

  /** Somebody shows a card. Resolves when the station has decided what that means; messages may still be on their way. */
  presentCard(connectorId: number, idTag: string): Promise<CardOutcome> {
    return this.charging.presentCard(this.#chargingConnector(connectorId), idTag);
  }

  /** Resolves with true once the present transaction has taken so many Wh, with false when it ended before. */
  chargeUntil(connectorId: number, energyWh: number): Promise<boolean> {
    return this.charging.chargeUntil(this.#chargingConnector(connectorId), energyWh);
  }

  /** Something breaks; a running transaction ends with reason Other (EmergencyStop for the whole station). @param connectorId 0: all */
  fault(connectorId: number, errorCode: Exclude<ChargePointErrorCode, 'NoError'>, info?: string): void {
    const connector = this.connector(connectorId);
    connector.errorCode = errorCode;
    connector.errorInfo = info?.slice(0, 50);
    const affected = connectorId === 0 ? this.chargingConnectors : [connector];
    for (const part of affected) this.charging.stop(part, connectorId === 0 ? 'EmergencyStop' : 'Other');
    this.reservations.connectorLost(connectorId);
    this.refresh(connector);
  }

  clearFault(connectorId: number): void {
    const connector = this.connector(connectorId);
    connector.errorCode = 'NoError';
    connector.errorInfo = undefined;
    if (connectorId > 0) this.charging.update(connector);
    this.refresh(connector);
  }

  /** Makes a connector's meter report wrongly from now on; undefined repairs it. */
  setMeterFault(connectorId: number, fault: MeterFault | undefined): void {
    this.#chargingConnector(connectorId).meter.setFault(fault);
  }

  // What it says

  /**
   * Sends a CALL and waits for its answer.
   *
   * @param options.beforeAccepted it may go out while the station is not accepted (boot, or because it was triggered)
   * @throws connectionLost, callTimedOut, callRefused
   */
  async call<A extends StationAction>(
    action: A,
    request: StationRequest<A>,
    options: { beforeAccepted?: boolean } = {},
  ): Promise<StationResponse<A>> {
    const wire = this.#wire;
    if (wire?.isOpen !== true || (this.#registration !== 'Accepted' && options.beforeAccepted !== true)) {
      throw connectionLost({ action });
    }
    const release = this.time.hold();
    this.#callsUnderWay += 1;
    this.#lastSentAt = this.time.now();
    try {
      const response = (await wire.call(action, request)) as StationResponse<A>;
      // Only an answer shows that the connection is any good: a server that accepts and closes must not be stormed.
      this.#connectAttempts = 0;
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

  /** Resolves when no CALL of this station is under way. */
  quiet(): Promise<void> {
    if (this.#callsUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#quietWaiters.push(resolve));
  }

  /** Sends a notification whose answer does not matter; one that cannot go now waits (the newest hundred do). */
  notify<A extends StationAction>(action: A, payload: StationRequest<A>): void {
    this.#notifications.push({ action, payload });
    if (this.#notifications.length > MAX_NOTIFICATIONS) this.#notifications.shift();
    this.#sendNotifications();
  }

  /** Sends DataTransfer. @throws like {@link call} */
  transferData(request: StationRequest<'DataTransfer'>): Promise<StationResponse<'DataTransfer'>> {
    return dataTransfer(this, request);
  }

  /** Something that matters for security happened; told at once, or when the station may speak again. */
  securityEvent(type: string, techInfo?: string): void {
    securityEventNotification(this, type, techInfo);
  }

  /** Sends text over the socket as it is: frames that no library would make. */
  sendText(text: string): void {
    this.#wire?.sendText(text);
  }

  /** Carries out a command as if the central system had sent it. @returns the answer that it would get */
  applyCommand<A extends CentralAction>(action: A, request: CentralRequest<A>): CentralResponse<A> {
    const handler = COMMANDS[action] as CommandHandler<A>;
    const { response, afterwards } = handler(this, request);
    if (afterwards !== undefined) setImmediate(afterwards);
    return response;
  }

  /** Works out a connector's status anew and reports it when it has changed. */
  refresh(connector: Connector): void {
    connector.status = connector.computeStatus();
    if (connector.announced === connector.statusKey) return;
    connector.announced = connector.statusKey;
    connector.statusSince = this.time.now();
    const { id: connectorId, status, errorCode } = connector;
    this.tell('status-changed', { connectorId, status, errorCode });
    connector.statusTimer?.cancel();
    const minimum = connector.id === 0 ? 0 : this.configuration.integer('MinimumStatusDuration');
    if (minimum === 0) void this.#reportStatus(connector);
    else
      connector.statusTimer = this.timers.after(minimum * 1000, () => {
        if (connector.reported !== connector.statusKey) void this.#reportStatus(connector);
      });
  }

  tell<T extends StationEventType>(type: T, facts: StationEventFacts[T]): void {
    const event = { type, at: this.time.now(), station: this.identity, ...facts } as unknown as StationEventOf<T>;
    // The emitter's types cannot follow that the facts belong to the type.
    const emit = this.emit.bind(this) as (name: string, event: unknown) => boolean;
    emit(type, event);
    emit('event', event);
  }

  /**
   * Waits for the next event of a type.
   *
   * @param matches only this one counts
   * @param options.timeoutMs real milliseconds to wait at most; 15,000 when absent
   */
  waitFor<T extends StationEventType>(
    type: T,
    matches: (event: StationEventOf<T>) => boolean = () => true,
    options: { timeoutMs?: number } = {},
  ): Promise<StationEventOf<T>> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timeout);
        this.off('event', listen);
      };
      const timeoutMs = options.timeoutMs ?? WAIT_FOR_PATIENCE_MS;
      const timeout = setTimeout(() => {
        finish();
        reject(new Error(`${this.identity}: no ${type} within ${timeoutMs} ms`));
      }, timeoutMs);
      const listen = (event: StationEvent) => {
        if (event.type !== type || !matches(event as StationEventOf<T>)) return;
        finish();
        resolve(event as StationEventOf<T>);
      };
      this.on('event', listen);
    });
  }

  // What its commands need

  /** A configuration key was changed: what is running follows it. */
  configurationChanged(name: string): void {
    switch (name) {
      case 'HeartbeatInterval':
        this.#armHeartbeat();
        break;
      case 'MeterValueSampleInterval':
        for (const connector of this.chargingConnectors) this.charging.armSampling(connector);
        break;
      case 'ClockAlignedDataInterval':
        this.charging.armClockAligned();
        break;
      case 'WebSocketPingInterval':
        this.#wire?.setPingInterval(this.configuration.integer('WebSocketPingInterval'));
        break;
    }
  }

  /** Takes a new password for the next login. @returns whether the key can be one */
  setAuthorizationKey(key: string): boolean {
    if (this.#options.authorizationKeyEncoding === 'text') {
      this.#password = Buffer.from(key, 'utf8');
      return true;
    }
    if (!/^(?:[0-9a-f]{2}){16,20}$/i.test(key)) return false;
    this.#password = Buffer.from(key, 'hex');
    return true;
  }

  /** Sends its boot message again (TriggerMessage); a new answer counts. */
  async bootAgain(): Promise<void> {
    this.#bootTimer?.cancel();
    await this.#boot();
  }

  async #finish(): Promise<void> {
    for (const connector of this.chargingConnectors) this.charging.stop(connector, 'Other');
    if (!this.canSpeak) return;
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, FINISH_PATIENCE_MS);
    });
    await Promise.race([Promise.all([this.queue.flushed(), this.quiet()]), patience]);
    clearTimeout(timeout);
  }

  #chargingConnector(connectorId: number): Connector {
    if (connectorId < 1) throw unknownConnector({ identity: this.identity, connectorId });
    return this.connector(connectorId);
  }

  #powerOn(): void {
    if (this.#power === 'stopped') return;
    this.#power = 'on';
    this.clock.poweredOn();
    this.configuration.rebooted();
    this.#url = this.configuration.text('CentralSystemURL') || this.#options.url;
    this.#registration = 'none';
    this.#connectAttempts = 0;
    for (const connector of this.connectors) {
      connector.reported = undefined;
      connector.announced = undefined;
      connector.permission = undefined;
      connector.isFinishing = false;
      connector.countedAt = this.time.now();
      this.refresh(connector);
    }
    this.reservations.rearm();
    this.#connect();
  }

  #goDown(): void {
    this.#power = 'off';
    this.#registration = 'none';
    this.timers.cancelAll();
    this.queue.powerLost();
    this.firmware.powerLost();
    this.diagnostics.powerLost();
    this.tell('powered-off', {});
  }

  #connect(): void {
    if (this.#power !== 'on' || !this.#wantsConnection || this.#wire !== undefined) return;
    const own = this.certificates.own;
    const wire: Wire = new Wire({
      url: this.#url,
      identity: this.identity,
      password: this.#password,
      tls: own === undefined ? this.#options.tls : { ...this.#options.tls, cert: own.chain, key: own.key },
      callTimeoutMs: this.#options.callTimeoutMs ?? 30_000,
      pingIntervalSeconds: this.configuration.integer('WebSocketPingInterval'),
      faults: this.faults,
      actions: Object.keys(COMMANDS).filter((action) => !this.#options.notImplemented?.includes(action)),
      onCommand: (action, payload) => this.#command(action as CentralAction, payload),
      onClosed: (code, reason) => {
        if (this.#wire !== wire) return;
        this.#wire = undefined;
        this.#disconnected(code, reason);
        this.#connectAttempts += 1;
        this.#retryConnect();
      },
      onViolation: (what) => this.tell('violation', { what }),
    });
    this.#wire = wire;
    const release = this.time.hold();
    wire
      .open()
      .then(
        () => this.#connected(wire),
        (error: unknown) => this.#connectFailed(wire, error as Error),
      )
      .finally(release);
  }

  #connected(wire: Wire): void {
    if (this.#wire !== wire) {
      wire.drop();
      return;
    }
    this.tell('connected', {});
    if (this.#registration === 'Accepted') void this.#resume(false);
    else void this.#boot();
  }

  #connectFailed(wire: Wire, error: Error): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#connectAttempts += 1;
    // No secrets in here: the library's errors tell status and address only.
    const status = (error as { code?: unknown }).code;
    const reason = [status, error.message].filter((part) => part !== undefined && part !== '').join(' ');
    this.#retryConnect(reason);
  }

  #retryConnect(reason?: string): void {
    const { firstSeconds, factor, maxSeconds, jitter, maxAttempts } = this.#reconnect;
    if (this.#power !== 'on' || !this.#wantsConnection) return;
    if (reason !== undefined && this.#connectAttempts >= maxAttempts) {
      this.tell('connect-failed', { reason, retryInSeconds: null });
      const { protocol, host, pathname } = new URL(this.#url);
      const attempts = this.#connectAttempts;
      this.#rejectReady(connectFailed({ url: `${protocol}//${host}${pathname}`, attempts, reason }));
      return;
    }
    const exponent = Math.max(0, this.#connectAttempts - 1);
    const wait = Math.min(maxSeconds, firstSeconds * factor ** exponent) * (1 - jitter * this.random.next());
    if (reason !== undefined) this.tell('connect-failed', { reason, retryInSeconds: wait });
    this.timers.after(wait * 1000, () => this.#connect());
  }

  #disconnected(code: number, reason: string): void {
    this.#heartbeatTimer?.cancel();
    this.#bootTimer?.cancel();
    this.tell('disconnected', { code, reason });
  }

  async #boot(): Promise<void> {
    const wire = this.#wire;
    try {
      const { status, interval } = await bootNotification(this);
      this.#registration = status;
      this.tell('booted', { status, intervalSeconds: interval });
      if (status === 'Accepted') {
        if (interval > 0) this.configuration.set('HeartbeatInterval', String(interval));
        await this.#resume(true);
      } else {
        this.#bootLater(interval > 0 ? interval : DEFAULT_RETRY_SECONDS);
      }
    } catch {
      // A lost connection boots when it is back; anything else tries again on this one.
      if (wire?.isOpen === true && this.#registration !== 'Accepted') this.#bootLater(DEFAULT_RETRY_SECONDS);
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
      if (all || connector.reported !== connector.statusKey) reports.push(this.#reportStatus(connector));
    }
    this.#armHeartbeat();
    this.charging.armClockAligned();
    await Promise.all(reports);
    if (!this.canSpeak) return;
    this.firmware.booted();
    this.#sendNotifications();
    this.queue.resume();
    for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
  }

  async #reportStatus(connector: Connector): Promise<void> {
    if (!this.canSpeak) return;
    const key = connector.statusKey;
    connector.reported = key;
    try {
      await statusNotification(this, connector);
    } catch (error) {
      // Told again after the next reconnect; a refusal would only be refused again.
      if (connectionLost.is(error) && connector.reported === key) connector.reported = undefined;
    }
  }

  #sendNotifications(): void {
    if (!this.canSpeak) return;
    for (const { action, payload } of this.#notifications.splice(0)) {
      this.call(action, payload as StationRequest<StationAction>).catch((error: unknown) => {
        if (connectionLost.is(error)) this.#notifications.push({ action, payload });
      });
    }
  }

  /** Plans the next heartbeat: so long after the last message of whatever kind (OCPP 1.6, 4.6). */
  #armHeartbeat(): void {
    this.#heartbeatTimer?.cancel();
    const interval = this.configuration.integer('HeartbeatInterval') * 1000;
    if (interval === 0 || !this.canSpeak) return;
    const due = Math.max(this.time.now() + 1, this.#lastSentAt + interval);
    this.#heartbeatTimer = this.timers.at(due, () => {
      if (this.time.now() - this.#lastSentAt < interval) return this.#armHeartbeat();
      void heartbeat(this)
        .catch(() => undefined)
        .finally(() => this.#armHeartbeat());
    });
  }

  async #command(
    action: CentralAction,
    payload: unknown,
  ): Promise<{ response: object; afterwards?: (() => void) | undefined } | undefined> {
    const fault = this.faults.takeForAnswer(action);
    if (fault?.kind === 'call-error') throw commandError(fault.code, fault.description ?? '');
    const handler = COMMANDS[action] as CommandHandler<CentralAction>;
    // The strict library has checked the payload against the action's schema.
    const answer = handler(this, payload as CentralRequest<CentralAction>);
    const { afterwards } = answer;
    this.tell('command', { action, request: withoutSecrets(payload), response: answer.response });
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

/** A command as it may be shown: ChangeConfiguration carries passwords. */
function withoutSecrets(payload: unknown): unknown {
  const { key } = payload as { key?: unknown };
  const isSecret = typeof key === 'string' && key.toLowerCase() === 'authorizationkey';
  return isSecret ? { ...(payload as object), value: '(hidden)' } : payload;
}
