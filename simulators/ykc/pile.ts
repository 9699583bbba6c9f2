import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import type { Connector } from '../station/connector.ts';
import { connectionLost, notPossible } from '../station/errors.ts';
import type { CallFault, FaultRule } from '../station/faults.ts';
import type { FirmwareStatus } from '../station/firmware.ts';
import type { OnClosed } from '../station/link.ts';
import { type BootAnswer, type CardOutcome, SimulatedStation } from '../station/simulated-station.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import type { VehicleFacts } from '../station/vehicle.ts';
import type { Protocol } from '../station/words.ts';
import type { Timer } from '../virtual-time.ts';
import type { Charge, Gun, Permission } from './charge.ts';
import { Charges } from './charges.ts';
import { Charging } from './charging.ts';
import { takeFrame } from './commands/take-frame.ts';
import { Concentrator } from './concentrator.ts';
import { Heartbeats } from './heartbeats.ts';
import { Ledger } from './ledger.ts';
import { sendLogin } from './messages/login.ts';
import { gunStatusOf } from './messages/realtime-data.ts';
import { OfflineCards } from './offline-cards.ts';
import { Parallel } from './parallel.ts';
import { ParkingLocks } from './parking-locks.ts';
import { PileClock } from './pile-clock.ts';
import { checkPileOptions, noQuirks, type PileType, type Quirks } from './pile-options.ts';
import { type AskOptions, type Outgoing, PileWire, type SayOptions } from './pile-wire.ts';
import { PowerCap } from './power-cap.ts';
import { Realtime } from './realtime.ts';
import { RecordStore } from './record-store.ts';
import { noCounterpart, ownAction, ownCallRule, ownCommand } from './scenario-words.ts';
import { Starts } from './starts.ts';
import { Tariff } from './tariff.ts';
import { TimeZone } from './time-zone.ts';
import { UpdateResults } from './update-results.ts';

const LOGIN_RETRY_SECONDS = 10;
const PATIENCE_MS = 5_000;
const DEFAULT_ZONE = '+08:00';
const DEFAULT_OFFLINE_CARDS = 200;

/** A pile that speaks 云快充 (YKC) V1.5 or V1.6 over TCP. What the common part calls connector n is gun n. */
export class SimulatedPile extends SimulatedStation<Charge, Permission, PileWire> {
  readonly protocol: Protocol = 'ykc';
  readonly type: PileType;
  readonly protocolVersion: 'V1.5' | 'V1.6';
  readonly quirks: Quirks;
  readonly ledger: Ledger;
  readonly queue: RecordStore;
  readonly profiles: PowerCap;
  readonly wall: PileClock;
  readonly tariff: Tariff;
  readonly charges: Charges;
  readonly charging: Charging;
  readonly starts: Starts;
  readonly parallel: Parallel;
  readonly offlineCards: OfflineCards;
  readonly parking: ParkingLocks | undefined;
  readonly #heartbeats: Heartbeats;
  readonly #realtime: Realtime;
  readonly #updates: UpdateResults;
  /** What the code on its screen begins with (0xF0). */
  qrPrefix: { readonly format: number; readonly prefix: string } | undefined;
  #asked = 0;
  #quietWaiters: (() => void)[] = [];
  readonly #whenIdle = new Map<'reboot' | 'update', () => void>();
  #loginTimer: Timer | undefined;

  /** @throws invalidOption */
  constructor(options: SimulatedStationOptions) {
    super(options, ['tcp', 'tls']);
    checkPileOptions(options);
    const { pile = {} } = options;
    this.type = pile.type ?? 'DC';
    this.protocolVersion = pile.protocolVersion ?? 'V1.6';
    this.quirks = { ...noQuirks(), ...pile.quirks };
    this.ledger = new Ledger(options.keepLedger ?? true);
    this.queue = new RecordStore(this);
    this.profiles = new PowerCap(this.maxPowerW);
    this.wall = new PileClock(this.clock, new TimeZone(pile.timeZone ?? DEFAULT_ZONE), this.faults, this.quirks);
    this.tariff = new Tariff(this);
    this.charges = new Charges(this);
    this.charging = new Charging(this);
    this.starts = new Starts(this);
    this.parallel = new Parallel(this);
    this.offlineCards = new OfflineCards(pile.maxOfflineCards ?? DEFAULT_OFFLINE_CARDS);
    this.parking = pile.hasParkingLock === true ? new ParkingLocks(this) : undefined;
    this.#heartbeats = new Heartbeats(this);
    this.#realtime = new Realtime(this);
    this.#updates = new UpdateResults(this);
  }

  /** What the central system has confirmed. */
  get acknowledged(): Ledger {
    return this.ledger;
  }

  /** There is a tariff model, and where the pile is connected, the central system has said that it is the right one. */
  get isReadyToCharge(): boolean {
    return this.canSpeak ? this.tariff.isVerified : this.tariff.model !== undefined;
  }

  /** The gun of a number on the wire; undefined for one that the pile does not have. */
  gunOf(number: string): Gun | undefined {
    const id = /^\d\d$/.test(number) ? Number(number) : 0;
    return id === 0 ? undefined : this.findConnector(id);
  }

  /** For cars that come without one: what DC piles read from them. */
  makeUpVin(): string | undefined {
    return this.type === 'DC' ? `LVPSIM00${String(this.noise.integer(0, 999_999_999)).padStart(9, '0')}` : undefined;
  }

  // What people and cars do

  /** The car at a gun asks to charge by its VIN. @throws unknownConnector, notPossible */
  override presentVehicle(connectorId = 1): Promise<CardOutcome> {
    const gun = this.chargingConnector(connectorId);
    if (gun.vehicle === undefined) throw notPossible({ reason: `Connector ${connectorId} has no car.` });
    if (gun.transaction !== undefined || !this.mayStart(gun)) {
      return Promise.resolve({ outcome: 'refused', status: 'Unavailable' });
    }
    return this.starts.byVin(gun);
  }

  /** One car is plugged to several guns. @throws unknownConnector, notPossible */
  plugInParallel(connectorIds: readonly number[], vehicle: VehicleFacts = {}): void {
    this.parallel.plugIn(
      connectorIds.map((id) => this.chargingConnector(id)),
      vehicle,
    );
  }

  /** A card starts several guns for one car; the first is the main one. @throws unknownConnector, notPossible */
  presentCardParallel(connectorIds: readonly number[], idTag: string): Promise<CardOutcome> {
    return this.parallel.presentCard(
      connectorIds.map((id) => this.chargingConnector(id)),
      idTag,
    );
  }

  // What it says

  /** Sends a frame and waits for its answer. @throws connectionLost, callTimedOut */
  async ask<U extends Fields, D extends Fields>(
    request: Outgoing<U>,
    values: ValuesOf<U>,
    reply: MessageTable<D>,
    options: AskOptions<D>,
  ): Promise<ValuesOf<D>> {
    const action = codeText(request.code);
    const { wire } = this.link;
    if (wire?.isOpen !== true) throw connectionLost({ action });
    this.#asked += 1;
    try {
      const response = await wire.ask(request, values, reply, options);
      this.link.answered();
      this.tell('answered', { action, request: values, response });
      return response;
    } catch (error) {
      this.tell('failed', { action, request: values, reason: (error as Error).message });
      throw error;
    } finally {
      this.#asked -= 1;
      if (this.#asked === 0) for (const wake of this.#quietWaiters.splice(0)) wake();
    }
  }

  /** Sends a frame that nobody answers, once the pile is logged in. @returns whether it went out */
  say<U extends Fields>(message: Outgoing<U>, values: ValuesOf<U>, options: SayOptions = {}): boolean {
    return this.canSpeak && this.link.wire?.say(message, values, options) === true;
  }

  /** Sends bytes over the socket as they are: frames that no codec would make. */
  sendBytes(bytes: Buffer): void {
    this.link.wire?.sendBytes(bytes);
  }

  quiet(): Promise<void> {
    if (this.#asked === 0) return Promise.resolve();
    return new Promise((resolve) => this.#quietWaiters.push(resolve));
  }

  /** Tells of a gun when something other than its status has changed: whether it is plugged. */
  tellIfChanged(gun: Gun): void {
    if (gun.reported !== this.statusTold(gun)) void this.reportStatus(gun);
  }

  /** What ails the pile as a whole is told of every gun. */
  override refresh(changed: Connector): void {
    super.refresh(changed);
    if (changed.id === 0) for (const gun of this.chargingConnectors) this.tellIfChanged(gun);
  }

  // What the central system wants

  setLocked(isLocked: boolean): void {
    const whole = this.connectors[0] as Gun;
    whole.isInoperative = isLocked;
    this.refresh(whole);
  }

  /** Does something once nobody charges; the last one of its kind counts. */
  whenIdle(what: 'reboot' | 'update', run: () => void): void {
    this.#whenIdle.set(what, run);
    this.chargeEnded();
  }

  /** A charge is over: what waited for that goes on. */
  chargeEnded(): void {
    if (this.chargingConnectors.some(({ transaction }) => transaction !== undefined)) return;
    const waiting = [...this.#whenIdle.values()];
    this.#whenIdle.clear();
    for (const run of waiting) run();
  }

  makeWire(onClosed: OnClosed): PileWire {
    const { url, tls, pile, callTimeoutMs = PATIENCE_MS } = this.options;
    return new PileWire({
      line: pile?.concentrator ?? new Concentrator(url, tls),
      pileNo: this.identity,
      time: this.time,
      timers: this.timers,
      patienceMs: callTimeoutMs,
      quirks: this.quirks,
      faults: this.faults,
      onFrame: (received) => takeFrame(this, received, (reply, values, say) => this.link.wire?.say(reply, values, say)),
      onClosed,
      onViolation: (what) => this.tell('violation', { what }),
      onDropped: (action) => this.tell('message-dropped', { action, reason: 'the network takes nothing' }),
    });
  }

  override disconnected(code: number, reason: string): void {
    this.unregister();
    this.#heartbeats.end();
    this.#loginTimer?.cancel();
    this.tariff.connectionLost();
    for (const gun of this.connectors) {
      gun.sampleTimer?.cancel();
      // Told anew after the next login.
      gun.reported = undefined;
    }
    super.disconnected(code, reason);
  }

  // How it reads scenarios

  configure(key: string): boolean {
    throw noCounterpart(`the configuration key ${key}`);
  }

  obey(action: string, payload: object, words: Protocol): object {
    const { command, values } = ownCommand(this, action, payload, words);
    const { response, afterwards } = command.run(this, values);
    this.tell('command', { action: codeText(command.request.code), request: values, response });
    afterwards?.();
    return response ?? {};
  }

  ownAction(action: string): string {
    return ownAction(action);
  }

  ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault> {
    return ownCallRule(rule);
  }

  securityEvent(): void {
    throw noCounterpart('a security event');
  }

  transferData(): Promise<never> {
    throw noCounterpart('DataTransfer');
  }

  // For the common part

  profileContext(): undefined {}

  flowChanged(gun: Connector): void {
    this.charges.flowChanged(gun as Gun);
  }

  reportFirmware(status: FirmwareStatus): void {
    this.#updates.report(status);
  }

  protected override get isReady(): boolean {
    return this.canSpeak && this.tariff.isVerified;
  }

  protected address(): string {
    return this.options.url;
  }

  protected async sendBoot(): Promise<BootAnswer> {
    return { status: (await sendLogin(this)) ? 'Accepted' : 'Rejected', interval: 0 };
  }

  /** A login that was not answered has taken its time already. */
  protected bootRetrySeconds(answered: boolean): number {
    return answered ? LOGIN_RETRY_SECONDS : 0;
  }

  protected accepted(): void {
    this.#heartbeats.begin();
    this.#armLogin();
  }

  /** Stored records first, then the tariff; nobody charges before that is known. */
  protected async takeUp(): Promise<void> {
    this.queue.resume();
    this.#updates.tell();
    await this.reportStatuses(true);
    this.parking?.tellAll();
    await this.tariff.verify();
    if (this.isReady) this.firmware.booted();
  }

  protected sendStatus(gun: Gun): Promise<void> {
    this.#realtime.tellStatus(gun);
    return Promise.resolve();
  }

  /** The pile as a whole has no message. */
  protected statusTold(gun: Gun): string | undefined {
    if (gun.id === 0) return undefined;
    return `${gunStatusOf(this, gun)} ${gun.vehicle === undefined ? 'free' : 'plugged'} ${gun.errorCode}`;
  }

  protected minimumStatusSeconds(): number {
    return 0;
  }

  protected wake(): void {
    this.wall.poweredOn();
    this.parking?.begin();
  }

  protected forget(): void {
    this.queue.powerLost();
    this.starts.forget();
    this.#heartbeats.end();
    this.tariff.connectionLost();
    this.#whenIdle.clear();
  }

  /** Nobody has reserved it. */
  protected connectorLost(): void {}

  #armLogin(): void {
    const { repeatedLoginSeconds } = this.quirks;
    if (repeatedLoginSeconds === 0) return;
    this.#loginTimer = this.timers.after(repeatedLoginSeconds * 1000, () => {
      // Its answer changes nothing.
      sendLogin(this).catch(() => undefined);
      this.#armLogin();
    });
  }
}
