import { Random } from '../random.ts';
import { type Timer, TimerGroup } from '../virtual-time.ts';
import type { ProfileContext } from './charging-profiles.ts';
import { Connector, type Permission } from './connector.ts';
import { EnergyFlow, type FlowingStation } from './energy-flow.ts';
import { connectFailed, connectionLost, notPossible, stationStopped, unknownConnector } from './errors.ts';
import { EventSource } from './event-source.ts';
import { type CallFault, type FaultRule, Faults, type MeterFault } from './faults.ts';
import { Firmware, type FirmwareStatus } from './firmware.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import { Link, type LinkedWire, type OnClosed } from './link.ts';
import { StationClock } from './station-clock.ts';
import {
  checkStationOptions,
  DEFAULT_RECONNECT,
  type ModelFacts,
  type SimulatedStationOptions,
} from './station-options.ts';
import type { VehicleFacts } from './vehicle.ts';
import type { CardStatus, ErrorCode, Interruption, Protocol, RebootCause } from './words.ts';

const BOOT_SECONDS = { Soft: 10, Hard: 20 } as const;
const FLUSH_SECONDS = 30;
const FINISH_PATIENCE_MS = 5_000;
/** The answer to a card that was shown last may begin another charge. */
const FINISH_TURNS = 2;

/** What came of showing a card. */
export type CardOutcome =
  | { readonly outcome: 'started' | 'waiting-for-cable' | 'stopped' | 'cancelled' }
  | { readonly outcome: 'refused'; readonly status: CardStatus | 'Reserved' | 'Unavailable' };

export type Registration = 'none' | 'Accepted' | 'Pending' | 'Rejected';

/** What the central system said to a boot. */
export interface BootAnswer {
  readonly status: Registration;
  /** Seconds, as the protocol uses them; 0: none were given. */
  readonly interval: number;
}

/** Why the station says that it boots. */
export type BootCause = 'power-up' | 'triggered' | RebootCause;

/** What people and cars do at a connector, as the protocol's rules take it. */
export interface ChargingRules<C> {
  plugIn(connector: C, vehicle: VehicleFacts): void;
  unplug(connector: C): void;
  presentCard(connector: C, idTag: string): Promise<CardOutcome>;
  /** Ends the connector's transaction, if there is one. */
  interrupt(connector: C, interruption: Interruption): void;
}

/** Messages that must not be lost, on their way. */
export interface UnsentMessages {
  readonly length: number;
  /** Resolves when nothing waits any more. */
  flushed(): Promise<void>;
}

/** The profiles that limit the flow of energy. */
export type FlowLimits = FlowingStation['profiles'];

/**
 * A charging station over a real socket, with cars, cards and defects as the caller wants them: the part that is the same for every
 * protocol. Everything that takes time in a real station takes simulated time. Each thing that happens is emitted as `event` and under
 * its own type; {@link ledger} tells what the central system has acknowledged.
 *
 * @typeParam T the protocol's transaction
 * @typeParam P the protocol's permission
 * @typeParam W what the protocol is spoken over
 */
export abstract class SimulatedStation<
  T = unknown,
  P extends Permission = Permission,
  W extends LinkedWire = LinkedWire,
> extends EventSource {
  abstract readonly protocol: Protocol;
  /** What the central system has acknowledged. */
  abstract readonly ledger: { readonly totals: LedgerTotals };
  abstract readonly charging: ChargingRules<Connector<T, P>>;
  abstract readonly profiles: FlowLimits;
  /** What has to be told and is not answered yet. */
  abstract readonly queue: UnsentMessages;
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
  readonly energy: EnergyFlow;
  readonly firmware: Firmware;
  readonly options: SimulatedStationOptions;
  protected readonly link: Link<W>;
  #power: 'off' | 'on' | 'stopped' = 'off';
  #registration: Registration = 'none';
  #bootCause: BootCause = 'power-up';
  #bootTimer: Timer | undefined;
  #readyWaiters: { resolve(): void; reject(error: Error): void }[] = [];

  /**
   * @param schemes of the URLs that the protocol is spoken over
   * @throws invalidOption
   */
  protected constructor(options: SimulatedStationOptions, schemes: readonly string[]) {
    checkStationOptions(options, schemes);
    const { identity, time, connectors = 1, seed = 1, meterStartWh } = options;
    super(identity, time);
    this.options = options;
    this.timers = new TimerGroup(time);
    this.random = Random.named(seed, identity);
    this.noise = Random.named(seed, `${identity} noise`);
    this.clock = new StationClock(time, this.faults);
    this.phases = options.phases ?? 3;
    this.maxPowerW = options.maxPowerW ?? 11_000;
    this.realTransfers = options.realTransfers ?? false;
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
    this.link = new Link<W>(this, { ...DEFAULT_RECONNECT, ...options.reconnect });
    this.energy = new EnergyFlow(this);
    this.firmware = new Firmware(this, this.facts.firmwareVersion);
  }

  // What the protocol makes of it

  abstract makeWire(onClosed: OnClosed): W;
  /** The URL that it connects to. */
  protected abstract address(): string;
  protected abstract sendBoot(cause: BootCause): Promise<BootAnswer>;
  /** Simulated seconds until it boots again after an answer that is not an acceptance (and gives no time), or after none. */
  protected abstract bootRetrySeconds(answered: boolean): number;
  /** The boot was accepted, and told so much of time. */
  protected abstract accepted(intervalSeconds: number): void;
  /**
   * The station may speak: tells its statuses, then what has waited. Returns when it may be used.
   *
   * @param isNew whether it has just booted; otherwise only the connection is new
   */
  protected abstract takeUp(isNew: boolean): Promise<void>;
  protected abstract sendStatus(connector: Connector<T, P>): Promise<void>;
  /** What a status message about the connector would say, as one text; undefined when none is ever sent about it. */
  protected abstract statusTold(connector: Connector<T, P>): string | undefined;
  protected abstract minimumStatusSeconds(): number;
  /** The power is on: what waited for a reboot is in force. */
  protected abstract wake(): void;
  /** The power goes: what runs in the protocol's part is forgotten. */
  protected abstract forget(): void;
  /** A connector is broken; 0: the whole station. */
  protected abstract connectorLost(connectorId: number): void;
  abstract reportFirmware(status: FirmwareStatus, requestId: number | undefined): void;
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
  /** Resolves when nothing that this station has asked for is unanswered. */
  abstract quiet(): Promise<void>;
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

  /** The connection is open. */
  get isConnected(): boolean {
    return this.link.isOpen;
  }

  /** Connected and accepted: every message may be sent. */
  get canSpeak(): boolean {
    return this.isConnected && this.#registration === 'Accepted';
  }

  /** Everything that a charge needs is there. */
  protected get isReady(): boolean {
    return this.canSpeak;
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

  // Its life

  /** Powers on, connects and boots. Resolves once it was accepted and has told its statuses. @throws stationStopped, connectFailed */
  start(): Promise<void> {
    if (this.#power === 'stopped') return Promise.reject(stationStopped());
    if (this.#power === 'off') this.#powerOn('power-up');
    return this.ready();
  }

  /** Resolves when the station is connected and accepted. */
  ready(): Promise<void> {
    if (this.isReady) return Promise.resolve();
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
    await this.link.end();
  }

  /**
   * The power goes. Transactions end there, and are told when it is back.
   *
   * @param options.silent the socket stays open but dead, as in a real power cut (true); otherwise it is cut
   */
  powerOff(options: { silent?: boolean } = {}): void {
    if (this.#power !== 'on') return;
    if (options.silent === false) this.link.cut('power');
    else this.link.freeze();
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
      this.link.cut('power');
      this.#interruptAll('hard-reset');
    } else {
      this.#interruptAll('soft-reset');
      // Transactions end properly, but nobody waits for ever for a central system that does not answer.
      if (this.canSpeak) await Promise.race([this.queue.flushed(), this.timers.sleep(FLUSH_SECONDS * 1000)]);
      if (this.#power !== 'on') return;
      void this.link.close('Rebooting');
    }
    this.#goDown();
    this.timers.after(BOOT_SECONDS[type] * 1000, () => this.#powerOn(cause));
    return this.ready();
  }

  /** Loses its network: the socket is cut, charging goes on, transaction messages wait. */
  goOffline(): void {
    this.link.want(false);
    if (this.link.cut('network')) this.disconnected(1006, 'offline');
  }

  /** The network is back: reconnects without a boot message and sends what waits, in order. Resolves once it may speak. */
  goOnline(): Promise<void> {
    this.link.want(true);
    this.link.connect({ anew: true });
    return this.ready();
  }

  /** Cuts the socket as a bad network does; the station reconnects by its policy. */
  dropConnection(): void {
    this.link.drop();
  }

  /** Closes the socket and opens a new one (after a change of the password, say). */
  async reconnect(): Promise<void> {
    if (this.link.wire === undefined) return;
    const closing = this.link.close('Reconnecting');
    this.disconnected(1000, 'reconnecting');
    await closing;
    this.link.connect({ anew: true });
  }

  // What people and cars do

  /** A car is plugged. @throws unknownConnector, notPossible */
  plugIn(connectorId = 1, vehicle: VehicleFacts = {}): void {
    this.charging.plugIn(this.chargingConnector(connectorId), { ...this.options.vehicle, ...vehicle });
  }

  /** The cable is pulled on the car's side. @throws unknownConnector, notPossible */
  unplug(connectorId = 1): void {
    this.charging.unplug(this.chargingConnector(connectorId));
  }

  /** Somebody shows a card. Resolves when the station has decided what that means; messages may still be on their way. */
  presentCard(connectorId: number, idTag: string): Promise<CardOutcome> {
    return this.charging.presentCard(this.chargingConnector(connectorId), idTag);
  }

  /** The car at a connector asks to charge by its VIN. @throws notPossible where the protocol knows no such thing */
  presentVehicle(connectorId = 1): Promise<CardOutcome> {
    throw notPossible({ reason: `${this.protocol} cannot start by the VIN of the car at connector ${connectorId}.` });
  }

  /** Resolves with true once the present charge has taken so many Wh, with false when it ended before. @throws notPossible */
  chargeUntil(connectorId: number, energyWh: number): Promise<boolean> {
    return this.energy.chargeUntil(this.chargingConnector(connectorId), energyWh);
  }

  /** Something breaks; a running transaction ends. @param connectorId 0: all */
  fault(connectorId: number, errorCode: Exclude<ErrorCode, 'NoError'>, info?: string): void {
    const connector = this.connector(connectorId);
    connector.errorCode = errorCode;
    connector.errorInfo = info?.slice(0, 50);
    const affected = connectorId === 0 ? this.chargingConnectors : [connector];
    for (const part of affected) this.charging.interrupt(part, connectorId === 0 ? 'emergency' : 'defect');
    this.connectorLost(connectorId);
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
    this.chargingConnector(connectorId).meter.setFault(fault);
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
    if (minimum === 0) void this.reportStatus(connector);
    else
      connector.statusTimer = this.timers.after(minimum * 1000, () => {
        if (connector.reported !== this.statusTold(connector)) void this.reportStatus(connector);
      });
  }

  // What its connection tells it

  connected(): void {
    this.tell('connected', {});
    if (this.#registration === 'Accepted') void this.#resume(false);
    else void this.boot();
  }

  disconnected(code: number, reason: string): void {
    this.#bootTimer?.cancel();
    this.tell('disconnected', { code, reason });
  }

  connectFailed(reason: string, retryInSeconds: number | null, attempts: number): void {
    this.tell('connect-failed', { reason, retryInSeconds });
    if (retryInSeconds !== null) return;
    const { protocol, host, pathname } = new URL(this.address());
    this.#rejectReady(connectFailed({ url: `${protocol}//${host}${pathname}`, attempts, reason }));
  }

  // For the protocol's part

  /** A connector that a car can be plugged to. @throws unknownConnector */
  protected chargingConnector(connectorId: number): Connector<T, P> {
    if (connectorId < 1) throw unknownConnector({ identity: this.identity, connectorId });
    return this.connector(connectorId);
  }

  /** Sends its boot message; the answer counts. @param cause as the last time when absent */
  protected async boot(cause: BootCause = this.#bootCause): Promise<void> {
    this.#bootTimer?.cancel();
    this.#bootCause = cause;
    const connection = this.link.wire;
    try {
      const { status, interval } = await this.sendBoot(cause);
      this.#registration = status;
      if (status !== 'none') this.tell('booted', { status, intervalSeconds: interval });
      if (status === 'Accepted') {
        this.accepted(interval);
        await this.#resume(true);
      } else {
        this.#bootLater(interval > 0 ? interval : this.bootRetrySeconds(true));
      }
    } catch {
      // A lost connection boots when it is back; anything else tries again on this one.
      const isSame = this.link.isOpen && this.link.wire === connection;
      if (isSame && this.#registration !== 'Accepted') this.#bootLater(this.bootRetrySeconds(false));
    }
  }

  /** From now on it is not accepted any more. */
  protected unregister(): void {
    this.#registration = 'none';
  }

  /** Tells the statuses of all connectors. @param all also those that were told and have not changed */
  protected async reportStatuses(all: boolean): Promise<void> {
    const reports: Promise<void>[] = [];
    for (const connector of this.connectors) {
      if (all || connector.reported !== this.statusTold(connector)) reports.push(this.reportStatus(connector));
    }
    await Promise.all(reports);
  }

  /** Tells a connector's status, if it may. */
  protected async reportStatus(connector: Connector<T, P>): Promise<void> {
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

  async #finish(): Promise<void> {
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, FINISH_PATIENCE_MS);
    });
    for (let turn = 0; turn < FINISH_TURNS; turn += 1) {
      this.#interruptAll('end-of-simulation');
      if (!this.canSpeak) break;
      await Promise.race([Promise.all([this.queue.flushed(), this.quiet()]), patience]);
    }
    clearTimeout(timeout);
  }

  #interruptAll(interruption: Interruption): void {
    for (const connector of this.chargingConnectors) this.charging.interrupt(connector, interruption);
  }

  #powerOn(cause: BootCause): void {
    if (this.#power === 'stopped') return;
    this.#power = 'on';
    this.clock.poweredOn();
    this.#registration = 'none';
    this.#bootCause = cause;
    for (const connector of this.connectors) {
      connector.reported = undefined;
      connector.announced = undefined;
      connector.permission = undefined;
      connector.isFinishing = false;
      connector.countedAt = this.time.now();
    }
    this.wake();
    for (const connector of this.connectors) this.refresh(connector);
    this.link.connect({ anew: true });
  }

  #goDown(): void {
    this.#power = 'off';
    this.#registration = 'none';
    this.timers.cancelAll();
    this.firmware.powerLost();
    this.forget();
    this.tell('powered-off', {});
  }

  #bootLater(seconds: number): void {
    this.#bootTimer?.cancel();
    this.#bootTimer = this.timers.after(seconds * 1000, () => void this.boot());
  }

  async #resume(isNew: boolean): Promise<void> {
    await this.takeUp(isNew);
    if (!this.isReady) return;
    for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
  }

  #rejectReady(error: Error): void {
    for (const { reject } of this.#readyWaiters.splice(0)) reject(error);
  }
}
