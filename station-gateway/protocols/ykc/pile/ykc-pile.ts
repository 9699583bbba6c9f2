import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { ClaimedTime } from '@voltpile/csms/contract/station-port';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { decodeBody, type ReadBody } from '@voltpile/ykc/messages/body';
import { clockReply, clockSet } from '@voltpile/ykc/messages/clock';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { qrPrefix, qrPrefixReply } from '@voltpile/ykc/messages/qr-prefix';
import { readRealtimeData } from '@voltpile/ykc/messages/realtime-data';
import { remoteStop, remoteStopReply } from '@voltpile/ykc/messages/stop';
import type { PileDialog, PileLink, PileTurn } from '../../pile-family.ts';
import { YkcExchange } from '../exchange.ts';
import { executeCommand } from '../execute.ts';
import { handlerOf } from '../messages.ts';
import { isRecord, recordTableOf } from '../record-tables.ts';
import type { YkcSettings } from '../settings.ts';
import { showFrame } from '../show-frame.ts';
import { toEvseId, toGun } from '../values/guns.ts';
import { SerialMaker } from '../values/serials.ts';
import { toCp56 } from '../values/wall-time.ts';
import { GunState } from './gun-state.ts';
import { Questions, type Reply } from './questions.ts';
import { readLogin } from './read-login.ts';
import type { YkcFrame, YkcStream } from './stream.ts';

const DAY_MS = 86_400_000;
/** For answers that nobody waits for. */
const PATIENCE_MS = 10_000;
/** A clock that is off by more after it was set is set once more. */
const CLOCK_TOLERANCE_MS = 60_000;
/** What two digits can tell apart. */
const MAX_GUNS = 99;
/** With those whose number means nothing. */
const MAX_GUNS_KNOWN = 120;
/** A gun that has told nothing for so long is asked; one that does not answer twice is not to be relied on. */
const REALTIME_SILENCE_MS = 600_000;
const MAX_READS_UNANSWERED = 2;
/** A stop that nobody has answered is sent again after so long, so often. */
const STOP_AGAIN_MS = 15_000;
const MAX_STOPS = 3;

/** 0x35, with gun or without. */
type StopAnswer =
  | ValuesOf<typeof remoteStopReply.fields>
  | ValuesOf<NonNullable<typeof remoteStopReply.variant>['fields']>;

/** One pile: its guns, our open questions, its timers. */
export class YkcPile implements PileDialog {
  readonly link: PileLink;
  readonly stream: YkcStream;
  readonly settings: YkcSettings;
  readonly guns: number;
  /** As the login says: 0 DC, 1 AC. */
  readonly pileType: number;
  readonly serials: SerialMaker;
  readonly questions: Questions;
  readonly #guns = new Map<number | string, GunState>();
  readonly #surplusNoted = new Set<number>();
  #clockSetAt = 0;
  #isClockSetAgain = false;
  /** Set by the answer to the login. */
  isAccepted = false;
  /** The SIM card that it told of last. */
  iccid: string | null;
  /** Tariffs asked for in the last hour: many mean that the pile refuses ours. */
  tariffRequests: readonly number[] = [];

  constructor(link: PileLink, frame: YkcFrame, stream: YkcStream, settings: YkcSettings) {
    this.link = link;
    this.stream = stream;
    this.settings = settings;
    this.iccid = link.iccid;
    const { guns, pileType } = readLogin(frame);
    this.guns = Math.min(MAX_GUNS, Math.max(1, guns));
    this.pileType = pileType;
    this.serials = new SerialMaker(link.identity, link.timeZone);
    this.questions = new Questions(link);
  }

  get isCharging(): boolean {
    return [...this.#guns.values()].some(({ charge }) => charge !== null);
  }

  /** The gun that a frame speaks of. @param called as the pile writes its number @param evseId undefined: that means nothing */
  gun(called: string, evseId: number | undefined): GunState {
    const key = evseId ?? called;
    let state = this.#guns.get(key);
    if (state === undefined) {
      state = new GunState(called, evseId, this.link.ticks);
      if (this.#guns.size < MAX_GUNS_KNOWN) this.#guns.set(key, state);
    }
    // A gun is spoken to as it speaks of itself.
    state.gun = called;
    return state;
  }

  /** The gun that a command is for; undefined when the pile has none of that number, by its login and by what it has told since. */
  gunAt(evseId: number): GunState | undefined {
    return this.#guns.get(evseId) ?? (evseId >= 1 && evseId <= this.guns ? this.gun(toGun(evseId), evseId) : undefined);
  }

  gunsKnown(): Iterable<GunState> {
    return this.#guns.values();
  }

  async handle(turn: PileTurn): Promise<void> {
    const frame = turn.frame as YkcFrame;
    if (!this.isAccepted && frame.kind !== 'login') {
      // What it keeps it tells again, when it has been let in.
      this.link.odd('before-login', `${frame.name} of a pile whose login is not accepted`, frame);
      return;
    }
    const exchange = new YkcExchange(this, turn);
    const table = recordTableOf(frame.table, frame.frame.body.length);
    let body: ReadBody<Fields, Fields>;
    try {
      body = decodeBody(table, frame.frame.body);
    } catch (error) {
      if (!(error instanceof VoltpileError)) throw error;
      await this.#keepUnreadable(exchange, error.message);
      return;
    }
    const { code } = table;
    // What a maker appends to every frame is noted once; of a charge it is said each time.
    const isSurplus = body.surplusBytes > 0 && (isRecord(table) || !this.#surplusNoted.has(code));
    if (table !== frame.table) exchange.odd(`type-of-another-version:${frame.name}`);
    if (isSurplus) exchange.odd(`surplus-bytes:${frame.name}`);
    const handler = handlerOf(code);
    if (handler !== undefined) await handler.handle(body.values, exchange);
    else if (!this.questions.answered(code, body.values, frame)) {
      this.link.odd('unasked', `${frame.name} answers nothing that was asked`, frame);
    }
    // Once it is stored: another try must note the same.
    if (isSurplus) this.#surplusNoted.add(code);
  }

  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome> {
    return executeCommand(this, command, deadline);
  }

  expects(name: string): boolean {
    return this.questions.expects(Number(name));
  }

  probe(): void {
    this.read(this.gunAt(1)?.gun ?? toGun(1));
  }

  /** Asks a gun how it is; 0x13 tells. */
  read(gun: string): void {
    this.link.send(
      codeText(readRealtimeData.code),
      this.stream.request(readRealtimeData, { pileNo: this.link.identity, gun }),
    );
  }

  tick(): void {
    const now = this.link.ticks;
    if (!this.isAccepted) return;
    if (now - this.#clockSetAt >= DAY_MS) this.setClock();
    for (const gun of this.#guns.values()) {
      if (gun.charge?.isVoid === true) this.stopVoid(gun);
      if (gun.evseId === undefined || now - gun.realtimeAt < REALTIME_SILENCE_MS) continue;
      gun.realtimeAt = now;
      gun.readsUnanswered += 1;
      this.read(gun.gun);
      if (gun.readsUnanswered === MAX_READS_UNANSWERED) void this.#degrade(gun, gun.evseId);
    }
  }

  closed(): void {
    this.questions.close();
  }

  /** What follows an accepted login: the time, the prefix of its QR codes, and what its guns do. */
  greet(): void {
    this.setClock();
    const { qrCodePrefix } = this.settings;
    if (qrCodePrefix !== null) {
      const prefix = { pileNo: this.link.identity, format: 1, prefix: qrCodePrefix };
      void this.ask(qrPrefix, prefix, qrPrefixReply, () => true, this.#soon());
    }
    for (let evseId = 1; evseId <= this.guns; evseId++) this.read(this.gunAt(evseId)?.gun ?? toGun(evseId));
  }

  setClock(): void {
    this.#clockSetAt = this.link.ticks;
    this.#isClockSetAgain = false;
    this.#sendClock();
  }

  /**
   * What the pile's clock shows after it was set. A wrong one is set once more (some answer with the time before); when it is still wrong, the
   * times that the pile tells are judged by that.
   */
  clockShown({ text, at }: ClaimedTime, turn: PileTurn): void {
    const isRight = at !== null && Math.abs(at - turn.receivedAt) <= CLOCK_TOLERANCE_MS;
    if (!isRight && !this.#isClockSetAgain) {
      this.#isClockSetAgain = true;
      this.#sendClock();
      return;
    }
    if (at !== null) turn.observeClock(at);
    if (!isRight) this.link.warn({ shows: text }, 'the clock of a pile does not show what it was set to');
  }

  #sendClock(): void {
    const { clock, timeZone, identity } = this.link;
    const time = toCp56(clock.now(), timeZone);
    void this.ask(clockSet, { pileNo: identity, time }, clockReply, () => true, this.#soon());
  }

  #soon(): Instant {
    return instant(this.link.clock.now() + PATIENCE_MS);
  }

  /** Tells a gun to end what nobody may charge; again when it goes on. */
  stopVoid(gun: GunState): void {
    const { charge } = gun;
    if (charge === null || charge.stopsSent >= MAX_STOPS) return;
    const now = this.link.ticks;
    if (charge.stopsSent > 0 && now - charge.lastStopAt < STOP_AGAIN_MS) return;
    charge.stopsSent += 1;
    charge.lastStopAt = now;
    this.link.warn({ gun: gun.gun, serial: charge.serial }, 'a charge under a void serial is stopped');
    void this.stop(gun.gun);
  }

  /** 0x36 → 0x35. */
  stop(gun: string, deadline: Instant = this.#soon()): Promise<Reply<StopAnswer>> {
    const evseId = toEvseId(gun, this.guns);
    // One maker leaves out which gun.
    const fits = (values: StopAnswer): boolean => !('gun' in values) || toEvseId(values.gun, this.guns) === evseId;
    return this.ask(remoteStop, { pileNo: this.link.identity, gun }, remoteStopReply, fits, deadline);
  }

  ask<F extends Fields, M extends Fields, O extends Fields>(
    table: MessageTable<F>,
    values: ValuesOf<F>,
    reply: MessageTable<M, O>,
    fits: (values: ValuesOf<M> | ValuesOf<O>) => boolean,
    deadline: Instant,
  ): Promise<Reply<ValuesOf<M> | ValuesOf<O>>> {
    return this.questions.ask(codeText(table.code), this.stream.request(table, values), reply, fits, deadline);
  }

  /** The pile lives and says nothing of this gun: what was told of it last is not to be relied on. */
  async #degrade(gun: GunState, evseId: number): Promise<void> {
    this.link.warn({ gun: gun.gun }, 'a pile only says that it lives: nothing is told of its gun');
    const origin = this.link.originOfSilence();
    try {
      await this.link.port.connectorStatusChanged({
        origin,
        evseId,
        connectorId: 1,
        status: 'Unavailable',
        detail: 'Silent',
        timestamp: { text: toIso(origin.receivedAt), at: origin.receivedAt },
      });
      gun.statusTold = 'silent';
    } catch (err) {
      this.link.warn({ err, gun: gun.gun }, 'the silence of a gun could not be stored');
    }
  }

  /** A frame whose body does not fit its table says nothing that could be used, and is kept as it came. */
  async #keepUnreadable(exchange: YkcExchange, detail: string): Promise<void> {
    const { frame } = exchange;
    this.link.odd('unreadable', `${frame.name}: ${detail}`, frame);
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'unreadable-message',
      detail: { message: frame.name, problem: detail, hex: showFrame(frame.bytes) },
    });
  }
}
