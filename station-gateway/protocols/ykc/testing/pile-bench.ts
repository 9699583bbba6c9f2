import type { StationPort } from '@voltpile/csms/contract/station-port';
import { FakeClock, type Instant } from '@voltpile/kernel/clock';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { encodeFrame } from '@voltpile/ykc/frames/frame';
import { FrameReader } from '@voltpile/ykc/frames/frame-reader';
import { decodeBody, encodeBody } from '@voltpile/ykc/messages/body';
import { login } from '@voltpile/ykc/messages/login';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { messageOf } from '@voltpile/ykc/messages/table';
import type { PileFrame, PileLink, PileTurn, SentCommand } from '../../pile-family.ts';
import { RECEIVED_AT, RecordingPort } from '../../testing/recording-port.ts';
import { type YkcFrame, YkcStream } from '../pile/stream.ts';
import { YkcPile } from '../pile/ykc-pile.ts';
import { DEFAULT_YKC_SETTINGS, type YkcSettings } from '../settings.ts';

export const PILE_NO = '32010600019236';
const NO_DIGITS = '0'.repeat(20);

/** A frame that a pile was sent. */
export interface SentFrame {
  readonly name: string;
  readonly sequence: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface BenchOptions {
  readonly guns?: number;
  readonly iccid?: string | null;
  readonly settings?: Partial<YkcSettings>;
  readonly answers?: ConstructorParameters<typeof RecordingPort>[0];
}

/** A pile's dialog without a socket: its frames go in, and what it is sent, and what the port is told, can be looked at. */
export class PileBench implements PileLink {
  readonly station = 'station-key';
  readonly epoch = 3;
  readonly identity = PILE_NO;
  readonly registrationStatus = 'Accepted';
  readonly timeZone = 'Asia/Shanghai';
  readonly iccid: string | null;
  readonly clock = new FakeClock(RECEIVED_AT);
  readonly recording: RecordingPort;
  readonly port: StationPort;
  readonly pile: YkcPile;
  readonly stream: YkcStream;
  ticks = 1;
  usable = true;
  /** Tries at cards that are left. */
  tokenTries = 10;
  /** Taken by {@link frames}. */
  #sent: SentFrame[] = [];
  readonly odds: string[] = [];
  readonly warnings: string[] = [];
  readonly securityEvents: string[] = [];
  readonly logged: SentCommand[] = [];
  readonly clocks: Instant[] = [];
  left: string | undefined;
  #sequence = 0;

  constructor(options: BenchOptions = {}) {
    this.iccid = options.iccid ?? null;
    this.recording = new RecordingPort(options.answers);
    this.port = this.recording.port;
    const settings = { ...DEFAULT_YKC_SETTINGS, ...options.settings };
    this.stream = new YkcStream(settings.crc);
    this.pile = new YkcPile(this, this.read(this.login({ guns: options.guns ?? 1 })), this.stream, settings);
  }

  /** One whose login is done; what that has told and sent is forgotten. */
  static async loggedIn(options: BenchOptions = {}): Promise<PileBench> {
    const bench = new PileBench(options);
    await bench.say(bench.login({ guns: options.guns ?? 1 }));
    bench.recording.calls.length = 0;
    bench.frames();
    return bench;
  }

  /** What was sent since the last time. */
  frames(): SentFrame[] {
    return this.#sent.splice(0);
  }

  /** Methods that the port was called by. */
  get methods(): string[] {
    return this.recording.calls.map(([method]) => method);
  }

  /** The arguments of all calls of a method. */
  told(method: string): Record<string, unknown>[] {
    return this.recording.calls.filter(([name]) => name === method).map(([, told]) => told as Record<string, unknown>);
  }

  login(facts: { readonly guns?: number; readonly sim?: string } = {}): Buffer {
    return this.frame(login, {
      pileNo: PILE_NO,
      pileType: 0,
      guns: facts.guns ?? 1,
      protoVer: 16,
      swVersion: 'V4.1.50',
      netType: 1,
      sim: facts.sim ?? NO_DIGITS,
      carrier: 4,
    });
  }

  /** Bytes of a frame of this pile. */
  frame<F extends Fields>(table: MessageTable<F, Fields> | MessageTable<F>, values: ValuesOf<F>): Buffer {
    return this.raw(table.code, encodeBody(table, values));
  }

  raw(type: number, body: Buffer): Buffer {
    this.#sequence += 1;
    const sequence = this.#sequence.toString(16).padStart(4, '0');
    return encodeFrame({ sequence, encryption: 0, type, body });
  }

  /** The frame as the connection hands it on. */
  read(bytes: Buffer): YkcFrame {
    const [cut] = this.stream.push(bytes);
    if (cut?.kind !== 'frame') throw new Error(`no frame: ${JSON.stringify(cut)}`);
    return cut.frame as YkcFrame;
  }

  /** The pile says something. */
  async say(bytes: Buffer): Promise<void> {
    await this.pile.handle(this.turn(this.read(bytes)));
  }

  turn(frame: PileFrame, attempt = 1): PileTurn {
    return {
      frame,
      attempt,
      receivedAt: this.clock.now(),
      origin: (oddities) => ({
        station: this.station,
        epoch: this.epoch,
        receivedAt: this.clock.now(),
        clockOffsetMs: null,
        raw: frame.bytes.toString('hex'),
        messageName: frame.name,
        ...(oddities === undefined || oddities.length === 0 ? {} : { oddities }),
      }),
      answer: (name, bytes) => this.#take(name, bytes),
      observeClock: (at) => {
        // As a connection does.
        if (attempt === 1) this.clocks.push(at);
      },
    };
  }

  originOfSilence() {
    const receivedAt = this.clock.now();
    return {
      station: this.station,
      epoch: this.epoch,
      receivedAt,
      clockOffsetMs: null,
      raw: '',
      messageName: 'silence',
    };
  }

  send(name: string, bytes: Buffer): boolean {
    if (this.usable) this.#take(name, bytes);
    return this.usable;
  }

  leave(text: string): void {
    this.left = text;
  }

  warn(_facts: object, text: string): void {
    this.warnings.push(text);
  }

  odd(problem: string): void {
    this.odds.push(problem);
  }

  reportSecurityEvent(type: string): void {
    this.securityEvents.push(type);
  }

  mayTryToken(): boolean {
    this.tokenTries -= 1;
    return this.tokenTries >= 0;
  }

  log(command: SentCommand): void {
    this.logged.push(command);
  }

  #take(name: string, bytes: Buffer): void {
    const [cut] = new FrameReader().push(bytes);
    if (cut?.kind !== 'frame') throw new Error('what was sent is no frame');
    const table = messageOf(cut.frame.type);
    if (table === undefined || codeText(table.code) !== name) throw new Error(`sent as ${name}: ${cut.frame.type}`);
    this.#sent.push({ name, sequence: cut.frame.sequence, values: decodeBody(table, cut.frame.body).values });
  }
}
