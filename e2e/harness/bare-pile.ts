import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PATIENCE_MS, within } from './deadline.ts';
import {
  type ChargeRecord,
  cardBody,
  type GunPicture,
  head,
  loginBody,
  place,
  realtimeBody,
  recordBody,
} from './pile-bodies.ts';
import { bcd, cutFrame, type FrameOptions, frame, nameOf, number, type ReadFrame, readWallTime } from './pile-bytes.ts';

/*
 * A YKC pile made of nothing but a TCP socket: every frame is put together and taken apart by hand. It shares no code with the server's codec
 * nor with the simulators, so that a misreading of the protocol in either of them is found.
 */

/** The connection went away before the answer came. */
export class PileSocketLost extends Error {
  constructor(pileNo: string) {
    super(`the connection of pile ${pileNo} was closed`);
  }
}

export interface BarePileOptions {
  readonly guns?: number | undefined;
  /** How far the pile's wall clock is ahead of UTC; eight hours when absent. */
  readonly offsetMinutes?: number | undefined;
  /** What goes on at its guns, by number; a pile that comes back keeps the map. At rest when absent. */
  readonly pictures?: Map<number, GunPicture> | undefined;
}

/** 0x32 as the pile reads it. */
export interface CardAnswer {
  readonly accepted: boolean;
  readonly reason: number;
  /** 32 digits. */
  readonly serial: string;
  readonly gun: number;
  /** Of 0.01 yuan. */
  readonly balance: number;
}

/** 0x34 as the pile reads it. */
export interface StartOrder {
  readonly frame: ReadFrame;
  readonly serial: string;
  readonly pileNo: string;
  readonly gun: number;
  readonly balance: number;
}

interface Waiter {
  readonly fits: (frame: ReadFrame) => boolean;
  readonly resolve: (frame: ReadFrame) => void;
  readonly reject: (error: Error) => void;
}

/** Longer than the server holds an answer back while its database is away (20 s). */
const ANSWER_MS = 30_000;
const MAX_KEPT_FRAMES = 1000;
const EIGHT_HOURS = 480;
const IDLE: GunPicture = { status: 'idle', plugged: false };

export class BarePile implements AsyncDisposable {
  /** 14 digits. */
  readonly pileNo: string;
  readonly guns: number;
  readonly offsetMinutes: number;
  /** Resolves when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  /** The time that the server has set the clock to first, in milliseconds since 1970, UTC. */
  readonly clockSet: Promise<number>;
  readonly #socket: Socket;
  readonly #handlers = new Map<number, (frame: ReadFrame) => void>();
  readonly #pictures: Map<number, GunPicture>;
  readonly #frames: ReadFrame[] = [];
  #waiters: Waiter[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #sent = 0;
  /** What the server has done wrong; nothing works from then on. */
  #fault: Error | undefined;

  private constructor(socket: Socket, pileNo: string, options: BarePileOptions) {
    this.#socket = socket;
    this.pileNo = pileNo;
    this.guns = options.guns ?? 1;
    this.offsetMinutes = options.offsetMinutes ?? EIGHT_HOURS;
    this.#pictures = options.pictures ?? new Map();
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // Nothing is sent once the server has said good-bye.
    socket.on('end', () => socket.end());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#rejectAll(this.#fault ?? new PileSocketLost(pileNo));
        resolve();
      });
    });
    const clockSet = Promise.withResolvers<number>();
    this.clockSet = clockSet.promise;
    this.onFrame(0x56, (set) => {
      clockSet.resolve(readWallTime(set.body.subarray(7, 14), this.offsetMinutes));
      this.answer(set, 0x55, set.body);
    });
    this.onFrame(0x12, (read) => {
      const gun = Number(read.body.toString('hex', 7, 8));
      this.answer(read, 0x13, realtimeBody(pileNo, gun, this.#pictures.get(gun) ?? IDLE));
    });
  }

  /**
   * Opens a connection on which nothing has been said yet.
   *
   * @param url `tcp://host:port`
   */
  static async connect(url: string, pileNo: string, options: BarePileOptions = {}): Promise<BarePile> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    try {
      await within(once(socket, 'connect'), `a connection of pile ${pileNo}`);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return new BarePile(socket, pileNo, options);
  }

  /** Opens a connection and logs in; it is an error when the pile is refused. */
  static async enter(url: string, pileNo: string, options: BarePileOptions = {}): Promise<BarePile> {
    const pile = await BarePile.connect(url, pileNo, options);
    try {
      if ((await pile.login()) !== 'accepted') throw new Error(`pile ${pileNo} was refused`);
      return pile;
    } catch (error) {
      await pile[Symbol.asyncDispose]();
      throw error;
    }
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  // ── what the pile asks ────────────────────────────────────────────────────────────────────────────────────────────────

  /** 0x01 → 0x02 */
  async login(): Promise<'accepted' | 'refused'> {
    const { body } = await this.ask(0x01, loginBody(this.pileNo, this.guns), 0x02);
    this.#expectOwn(body, 0);
    return body[7] === 0 ? 'accepted' : 'refused';
  }

  /** 0x03 → 0x04 */
  async heartbeat(gun = 1): Promise<void> {
    const { body } = await this.ask(0x03, Buffer.concat([place(this.pileNo, gun), number(0, 1)]), 0x04);
    const expected = Buffer.concat([place(this.pileNo, gun), number(0, 1)]);
    if (!body.equals(expected)) throw new Error(`0x04 says ${body.toString('hex')}`);
  }

  /** 0x05 → 0x06 @returns whether the server gives the same number to the tariff */
  async checkTariff(model: Buffer): Promise<boolean> {
    const { body } = await this.ask(0x05, Buffer.concat([bcd(this.pileNo, 7), model]), 0x06);
    this.#expectOwn(body, 0);
    return body[9] === 0;
  }

  /** 0x09 → 0x0A: the whole body. */
  async askForTariff(): Promise<Buffer> {
    const { body } = await this.ask(0x09, bcd(this.pileNo, 7), 0x0a);
    this.#expectOwn(body, 0);
    return body;
  }

  /** 0x31 → 0x32 @param card hex digits */
  async showCard(card: string, gun = 1): Promise<CardAnswer> {
    const { body } = await this.ask(0x31, cardBody(this.pileNo, gun, card), 0x32);
    this.#expectOwn(body, 16);
    if (body.length !== 38) throw new Error(`0x32 has ${body.length} bytes`);
    return {
      serial: body.toString('hex', 0, 16),
      gun: Number(body.toString('hex', 23, 24)),
      balance: body.readUInt32LE(32),
      accepted: body[36] === 1,
      reason: body.readUInt8(37),
    };
  }

  /** 0x3B → 0x40 @returns the result: 0 when the record was taken */
  async deliver(record: ChargeRecord): Promise<number> {
    const { body } = await this.ask(0x3b, recordBody(this.pileNo, record, this.offsetMinutes), 0x40);
    if (body.toString('hex', 0, 16) !== record.serial) throw new Error(`0x40 is for ${body.toString('hex', 0, 16)}`);
    return body.readUInt8(16);
  }

  // ── what the pile tells ───────────────────────────────────────────────────────────────────────────────────────────────

  /** 0x13, also in answer to every 0x12 from now on. Nothing answers it; an answer to a later {@link heartbeat} tells that it was read. */
  report(gun: number, picture: GunPicture): void {
    this.#pictures.set(gun, picture);
    this.send(0x13, realtimeBody(this.pileNo, gun, picture));
  }

  // ── what the server asks ──────────────────────────────────────────────────────────────────────────────────────────────

  /** The next 0x34. It stays unanswered until the test answers it. */
  async nextStart(milliseconds: number = PATIENCE_MS): Promise<StartOrder> {
    const order = await this.next(0x34, milliseconds);
    const { body } = order;
    if (body.length !== 44) throw new Error(`0x34 has ${body.length} bytes`);
    this.#expectOwn(body, 16);
    return {
      frame: order,
      serial: body.toString('hex', 0, 16),
      pileNo: body.toString('hex', 16, 23),
      gun: Number(body.toString('hex', 23, 24)),
      balance: body.readUInt32LE(40),
    };
  }

  /** 0x33. @param reason 0 when it starts; 5 when no car is plugged in */
  answerStart({ frame: order, serial, gun }: StartOrder, reason = 0): void {
    const result = number(reason === 0 ? 1 : 0, 1);
    this.answer(order, 0x33, Buffer.concat([head(serial, this.pileNo, gun), result, number(reason, 1)]));
  }

  /** The next 0x36; resolves with the gun. It stays unanswered until the test answers it. */
  async nextStop(milliseconds: number = PATIENCE_MS): Promise<{ readonly frame: ReadFrame; readonly gun: number }> {
    const order = await this.next(0x36, milliseconds);
    this.#expectOwn(order.body, 0);
    return { frame: order, gun: Number(order.body.toString('hex', 7, 8)) };
  }

  /** 0x35. @param reason 0 when it stops; 2 when it does not charge */
  answerStop({ frame: order, gun }: { readonly frame: ReadFrame; readonly gun: number }, reason = 0): void {
    const result = number(reason === 0 ? 1 : 0, 1);
    this.answer(order, 0x35, Buffer.concat([place(this.pileNo, gun), result, number(reason, 1)]));
  }

  /** Does something with every frame of that type from now on; nobody else gets it. */
  onFrame(type: number, handle: (frame: ReadFrame) => void): void {
    this.#handlers.set(type, handle);
  }

  /** The next frame of that type that answers nothing, also one that has come already. */
  next(type: number, milliseconds: number = PATIENCE_MS): Promise<ReadFrame> {
    const position = this.#frames.findIndex((known) => known.type === type);
    const [known] = position < 0 ? [] : this.#frames.splice(position, 1);
    if (known !== undefined) return Promise.resolve(known);
    return this.#wait(`${nameOf(type)} to pile ${this.pileNo}`, (coming) => coming.type === type, milliseconds);
  }

  /** Types of the frames that nobody has taken. */
  get untaken(): readonly string[] {
    return this.#frames.map(({ type }) => nameOf(type));
  }

  // ── frames and bytes ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends a frame and waits for its answer: of that type, with the same sequence.
   *
   * @throws PileSocketLost
   */
  ask(type: number, body: Buffer, answer: number): Promise<ReadFrame> {
    const sequence = this.send(type, body);
    const what = `${nameOf(answer)} in answer to ${nameOf(type)} of pile ${this.pileNo}`;
    return this.#wait(what, (coming) => coming.type === answer && coming.sequence.equals(sequence), ANSWER_MS);
  }

  /** @returns the sequence that it was given */
  send(type: number, body: Buffer, options: FrameOptions = {}): Buffer {
    const sequence = options.sequence ?? Buffer.from([(this.#sent >> 8) & 0xff, this.#sent & 0xff]);
    this.#sent += 1;
    this.sendBytes(frame(type, body, { ...options, sequence }));
    return sequence;
  }

  /** Sends a frame in answer to one of the server's: with its sequence. */
  answer({ sequence }: ReadFrame, type: number, body: Buffer): void {
    this.sendBytes(frame(type, body, { sequence }));
  }

  sendBytes(bytes: Buffer): void {
    if (this.isOpen) this.#socket.write(bytes);
  }

  /** Stops reading: nothing that the server does is noticed any more, until {@link resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Goes without a word, as with the power. */
  terminate(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #wait(what: string, fits: Waiter['fits'], milliseconds: number): Promise<ReadFrame> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadFrame>();
    if (this.#fault !== undefined) reject(this.#fault);
    else if (!this.isOpen) reject(new PileSocketLost(this.pileNo));
    const waiter: Waiter = { fits, resolve, reject };
    this.#waiters.push(waiter);
    return within(promise, what, milliseconds).finally(() => {
      this.#waiters = this.#waiters.filter((one) => one !== waiter);
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      for (let cut = cutFrame(this.#unread); cut !== undefined; cut = cutFrame(this.#unread)) {
        this.#unread = cut.rest;
        this.#take(cut.frame);
      }
    } catch (error) {
      this.#fault = error as Error;
      this.#socket.destroy();
    }
  }

  #take(taken: ReadFrame): void {
    const handle = this.#handlers.get(taken.type);
    if (handle !== undefined) {
      handle(taken);
      return;
    }
    const waiter = this.#waiters.find(({ fits }) => fits(taken));
    if (waiter !== undefined) waiter.resolve(taken);
    else if (this.#frames.length < MAX_KEPT_FRAMES) this.#frames.push(taken);
    if (waiter !== undefined) this.#waiters = this.#waiters.filter((one) => one !== waiter);
  }

  #expectOwn(body: Buffer, offset: number): void {
    const named = body.toString('hex', offset, offset + 7);
    if (named !== this.pileNo) throw new Error(`a frame for pile ${named} came to pile ${this.pileNo}`);
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters = [];
  }
}
