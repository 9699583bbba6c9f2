import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { decodeBody } from '@voltpile/ykc/messages/body';
import { clockReply, clockSet } from '@voltpile/ykc/messages/clock';
import { login } from '@voltpile/ykc/messages/login';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { qrPrefix } from '@voltpile/ykc/messages/qr-prefix';
import { readRealtimeData } from '@voltpile/ykc/messages/realtime-data';
import { remoteStop } from '@voltpile/ykc/messages/stop';
import { TokenBucket } from '../../../connections/token-bucket.ts';
import type { PileDialog, PileLink, PileTurn } from '../../pile-family.ts';
import { YkcExchange } from '../exchange.ts';
import { executeCommand } from '../execute.ts';
import { handlerOf } from '../messages.ts';
import type { YkcSettings } from '../settings.ts';
import { toGun } from '../values/guns.ts';
import { SerialMaker } from '../values/serials.ts';
import { toCp56 } from '../values/wall-time.ts';
import { GunState } from './gun-state.ts';
import { Questions, type Reply } from './questions.ts';
import type { YkcFrame, YkcStream } from './stream.ts';

const DAY_MS = 86_400_000;
const CLOCK_PATIENCE_MS = 10_000;
/** A gun that has told nothing for so long is asked; one that does not answer twice is not to be relied on. */
const REALTIME_SILENCE_MS = 600_000;
const MAX_READS_UNANSWERED = 2;
/** Starts asked for at one pile: ten at once, then one every five seconds. Cards are not to be tried out. */
const STARTS = { perSecond: 0.2, burst: 10 };
/** A stop that nobody has answered is sent again after so long, so often. */
const STOP_AGAIN_MS = 15_000;
const MAX_STOPS = 3;

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
  readonly starts: TokenBucket;
  readonly #guns = new Map<string, GunState>();
  readonly #surplusNoted = new Set<number>();
  #clockSetAt = 0;
  /** Set by the answer to the login. */
  isAccepted = false;
  /** Tariffs asked for in the last hour: many mean that the pile refuses ours. */
  tariffRequests: readonly number[] = [];

  constructor(link: PileLink, frame: YkcFrame, stream: YkcStream, settings: YkcSettings) {
    this.link = link;
    this.stream = stream;
    this.settings = settings;
    const { guns, pileType } = readLogin(frame);
    this.guns = Math.max(1, guns);
    this.pileType = pileType;
    this.serials = new SerialMaker(link.identity, link.timeZone);
    this.questions = new Questions(link);
    this.starts = new TokenBucket(STARTS.perSecond, STARTS.burst, performance.now());
  }

  get isCharging(): boolean {
    return [...this.#guns.values()].some(({ charge }) => charge !== null);
  }

  gun(gun: string, evseId: number): GunState {
    let state = this.#guns.get(gun);
    if (state === undefined) {
      state = new GunState(gun, evseId, this.link.ticks);
      // A number outside of what the pile has is remembered only while it is few.
      if (this.#guns.size < 100) this.#guns.set(gun, state);
    }
    return state;
  }

  gunsKnown(): Iterable<GunState> {
    return this.#guns.values();
  }

  async handle(turn: PileTurn): Promise<void> {
    const frame = turn.frame as YkcFrame;
    const exchange = new YkcExchange(this, turn);
    const handler = handlerOf(frame.table.code);
    let values: Readonly<Record<string, unknown>>;
    try {
      const body = decodeBody(frame.table, frame.frame.body);
      values = body.values;
      if (body.surplusBytes > 0 && !this.#surplusNoted.has(frame.table.code)) {
        if (turn.attempt === 1) this.#surplusNoted.add(frame.table.code);
        exchange.odd(`surplus-bytes:${frame.name}`);
      }
    } catch (error) {
      if (!(error instanceof VoltpileError)) throw error;
      await this.#keepUnreadable(exchange, error.message);
      return;
    }
    if (handler === undefined) {
      if (!this.questions.answered(frame.table.code, values, frame)) {
        this.link.odd('unasked', `${frame.name} answers nothing that was asked`, frame);
      }
      return;
    }
    await handler.handle(values as never, exchange);
  }

  execute(command: StationCommand, deadline: Instant): Promise<CommandOutcome> {
    return executeCommand(this, command, deadline);
  }

  expects(name: string): boolean {
    return this.questions.expects(Number(name));
  }

  probe(): void {
    const [first] = this.#guns.values();
    this.send(readRealtimeData, { pileNo: this.link.identity, gun: first?.gun ?? '01' });
  }

  tick(): void {
    const now = this.link.ticks;
    if (!this.isAccepted) return;
    if (now - this.#clockSetAt >= DAY_MS) this.setClock();
    for (const gun of this.#guns.values()) {
      if (gun.charge?.isVoid === true) this.stopVoid(gun);
      if (now - gun.realtimeAt < REALTIME_SILENCE_MS) continue;
      gun.realtimeAt = now;
      gun.readsUnanswered += 1;
      this.send(readRealtimeData, { pileNo: this.link.identity, gun: gun.gun });
      if (gun.readsUnanswered === MAX_READS_UNANSWERED) void this.#degrade(gun);
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
      this.send(qrPrefix, { pileNo: this.link.identity, format: 1, prefix: qrCodePrefix });
    }
    for (let evseId = 1; evseId <= this.guns; evseId++) {
      this.send(readRealtimeData, { pileNo: this.link.identity, gun: toGun(evseId) });
    }
  }

  setClock(): void {
    this.#clockSetAt = this.link.ticks;
    const { clock, timeZone, identity } = this.link;
    const now = clock.now();
    void this.ask(
      clockSet,
      { pileNo: identity, time: toCp56(now, timeZone) },
      clockReply,
      () => true,
      instant(now + CLOCK_PATIENCE_MS),
    );
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
    this.send(remoteStop, { pileNo: this.link.identity, gun: gun.gun });
  }

  /** Sends what nothing is waited for. */
  send<F extends Fields>(table: MessageTable<F>, values: ValuesOf<F>): boolean {
    return this.link.send(codeText(table.code), this.stream.request(table, values));
  }

  ask<F extends Fields, R extends Fields>(
    table: MessageTable<F>,
    values: ValuesOf<F>,
    reply: MessageTable<R>,
    fits: (values: ValuesOf<R>) => boolean,
    deadline: Instant,
  ): Promise<Reply<ValuesOf<R>>> {
    const bytes = this.stream.request(table, values);
    return this.questions.ask(table as unknown as MessageTable, bytes, reply, fits, deadline);
  }

  /** The pile lives and says nothing of this gun: what was told of it last is not to be relied on. */
  async #degrade(gun: GunState): Promise<void> {
    this.link.warn({ gun: gun.gun }, 'a pile only says that it lives: nothing is told of its gun');
    const origin = this.link.originOfSilence();
    try {
      await this.link.port.connectorStatusChanged({
        origin,
        evseId: gun.evseId,
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
      detail: { message: frame.name, problem: detail, hex: frame.bytes.toString('hex') },
    });
  }
}

function readLogin({ frame }: YkcFrame): { readonly guns: number; readonly pileType: number } {
  try {
    return decodeBody(login, frame.body).values;
  } catch {
    // Is told of as unreadable when it is handled.
    return { guns: 1, pileType: 0 };
  }
}
