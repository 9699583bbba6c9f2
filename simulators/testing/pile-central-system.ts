import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import type { Fields, FieldValue, ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { CrcOrder } from '@voltpile/ykc/frames/crc16';
import { encodeFrame } from '@voltpile/ykc/frames/frame';
import { FrameReader } from '@voltpile/ykc/frames/frame-reader';
import { decodeBody, encodeBody } from '@voltpile/ykc/messages/body';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { messageOf } from '@voltpile/ykc/messages/table';
import type { VirtualTime } from '../virtual-time.ts';

/** A frame that came from a pile. */
export interface ReceivedFrame {
  readonly code: number;
  readonly pileNo: string;
  readonly sequence: string;
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** Simulated. */
  readonly at: number;
  readonly crcOrder: CrcOrder;
  readonly surplusBytes: number;
}

/** No answer at all. */
export const SILENT = Symbol('silent');

type Values = Readonly<Record<string, unknown>>;
type Answer = (frame: ReceivedFrame) => Values | typeof SILENT;

/** Prices in 0.00001 yuan/kWh, and the rate of each half hour; what the test central system tells piles. */
export const TARIFF = {
  modelNo: '0100',
  sharpElec: 100_000,
  sharpService: 50_000,
  peakElec: 80_000,
  peakService: 40_000,
  flatElec: 60_000,
  flatService: 40_000,
  valleyElec: 30_000,
  valleyService: 40_000,
  lossRatio: 0,
  /** Valley until 8:00, flat until 18:00, peak until 20:00, sharp until 22:00, valley again. */
  slots: Array.from({ length: 48 }, (_, slot) => (slot < 16 ? 3 : slot < 36 ? 2 : slot < 40 ? 1 : slot < 44 ? 0 : 3)),
};

interface Connection {
  readonly number: number;
  readonly socket: Socket;
  readonly piles: Set<string>;
  sequence: number;
}

const HOURS_8 = 8 * 3_600_000;

/**
 * A central system for tests of piles: answers as told, and notes every breach of YKC by a pile in {@link violations} (frames before the login,
 * frames in the wrong direction, checks, serials of charges, records that do not add up).
 */
export class PileCentralSystem {
  readonly frames: ReceivedFrame[] = [];
  readonly violations: string[] = [];
  /** Sends the clock (0x56) after each login. */
  setsClock = true;
  /** What may be spent at a start, in cents. */
  balance = 100_000;
  /** Of frames that go out. */
  crcOrder: CrcOrder = 'low-first';
  readonly #time: VirtualTime;
  readonly #server: Server;
  readonly #scheme: 'tcp' | 'tls';
  readonly #connections = new Set<Connection>();
  readonly #answers = new Map<number, Answer>();
  #waiters: { matches(frame: ReceivedFrame): boolean; resolve(frame: ReceivedFrame): void }[] = [];
  #connectionNumber = 0;
  #serialNumber = 0;

  private constructor(time: VirtualTime, tls: { key: string; cert: string } | undefined) {
    this.#time = time;
    this.#scheme = tls === undefined ? 'tcp' : 'tls';
    const accept = (socket: Socket) => this.#connected(socket);
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  }

  /** @param tls key and certificate in PEM, for tls:// */
  static async listen(time: VirtualTime, tls?: { key: string; cert: string }): Promise<PileCentralSystem> {
    const central = new PileCentralSystem(time, tls);
    central.#server.listen(0, '127.0.0.1');
    await once(central.#server, 'listening');
    return central;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Answers frames of a type with these values from now on (others are as usual); undefined: as usual again. */
  answer(code: number, answer: Answer | undefined): void {
    if (answer === undefined) this.#answers.delete(code);
    else this.#answers.set(code, answer);
  }

  /** Values of the frames of a type, in the order of their coming. */
  of<F extends Fields>(message: MessageTable<F, Fields>, pileNo?: string): ValuesOf<F>[] {
    return this.framesOf(message, pileNo).map(({ values }) => values as unknown as ValuesOf<F>);
  }

  framesOf(message: { readonly code: number }, pileNo?: string): ReceivedFrame[] {
    return this.frames.filter((frame) => frame.code === message.code && (pileNo ?? frame.pileNo) === frame.pileNo);
  }

  /** Types of the frames that came, in order; heartbeats are left out. */
  story(): string[] {
    return this.frames.filter(({ code }) => code !== 0x03).map(({ code }) => codeText(code));
  }

  /** Waits for the next frame of a type. */
  next<F extends Fields>(
    message: MessageTable<F, Fields>,
    matches: (values: ValuesOf<F>) => boolean = () => true,
  ): Promise<ReceivedFrame> {
    return new Promise((resolve) => {
      this.#waiters.push({
        matches: ({ code, values }) => code === message.code && matches(values as unknown as ValuesOf<F>),
        resolve,
      });
    });
  }

  /** Sends a command. @param pileNo whose connection; the values may name another one */
  send<F extends Fields>(pileNo: string, message: MessageTable<F>, values: ValuesOf<F>): void {
    const connection = [...this.#connections].find(({ piles }) => piles.has(pileNo));
    if (connection === undefined) throw new Error(`${pileNo} is not connected`);
    const sequence = (connection.sequence++ % 0x1_0000).toString(16).padStart(4, '0');
    this.#write(connection, sequence, message, values);
  }

  /** Sends a command and waits for its answer. */
  async ask<F extends Fields, R extends Fields>(
    pileNo: string,
    message: MessageTable<F>,
    values: ValuesOf<F>,
    reply: MessageTable<R, Fields>,
  ): Promise<ValuesOf<R>> {
    const answered = this.next(reply);
    this.send(pileNo, message, values);
    return (await answered).values as unknown as ValuesOf<R>;
  }

  /** A serial as the central system makes them. */
  nextSerial(pileNo: string, gun = '01'): string {
    this.#serialNumber += 1;
    return `${pileNo}${gun}250310080000${String(this.#serialNumber).padStart(4, '0')}`;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(socket: Socket): void {
    this.#connectionNumber += 1;
    const connection = { number: this.#connectionNumber, socket, piles: new Set<string>(), sequence: 0 };
    // Answers are small, and time stands still until they have come.
    socket.setNoDelay(true);
    this.#connections.add(connection);
    const reader = new FrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(connection));
    socket.on('data', (chunk: Buffer) => {
      for (const cut of reader.push(chunk)) {
        if (cut.kind === 'bad-check') this.violations.push('a wrong check');
        else this.#received(connection, cut.frame, reader.crcOrder);
      }
    });
  }

  #received(
    connection: Connection,
    { type, sequence, body }: { type: number; sequence: string; body: Buffer },
    crcOrder: CrcOrder,
  ): void {
    const message = messageOf(type);
    if (message?.direction !== 'up') {
      this.violations.push(`a frame of type ${codeText(type)}`);
      return;
    }
    const { values, surplusBytes } = decodeBody(message, body);
    const [known] = connection.piles;
    const pileNo = String(values.pileNo ?? known);
    const frame: ReceivedFrame = {
      code: type,
      pileNo,
      sequence,
      values: values as ReceivedFrame['values'],
      connection: connection.number,
      at: this.#time.now(),
      crcOrder,
      surplusBytes,
    };
    this.#check(connection, frame);
    this.frames.push(frame);
    const waiters = this.#waiters.filter(({ matches }) => matches(frame));
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    this.#reply(connection, message, frame);
    for (const { resolve } of waiters) resolve(frame);
  }

  #check({ piles }: Connection, { code, pileNo, values }: ReceivedFrame): void {
    const note = (what: string) => this.violations.push(`${pileNo} ${codeText(code)}: ${what}`);
    if (code !== 0x01 && !piles.has(pileNo)) note('before the login');
    if (code === 0x13 && (values.status === 3) !== /[^0]/.test(String(values.txSerial)))
      note('a serial without a charge');
    if (code !== 0x3b) return;
    const sum = (suffix: string) =>
      ['sharp', 'peak', 'flat', 'valley'].reduce((total, rate) => total + Number(values[`${rate}${suffix}`]), 0);
    if (sum('Energy') !== values.totalEnergy) note('energies do not add up');
    if (sum('LossEnergy') !== values.totalLossEnergy) note('energies with loss do not add up');
    if (sum('Amount') !== values.amount) note('amounts do not add up');
  }

  #reply(connection: Connection, { reply }: MessageTable, frame: ReceivedFrame): void {
    const answering = reply === null ? undefined : messageOf(reply);
    if (answering === undefined) return;
    const answer = this.#answers.get(frame.code)?.(frame);
    if (answer === SILENT) return;
    const values = { ...this.#usualAnswer(frame), ...answer } as ValuesOf<Fields>;
    if (frame.code === 0x01 && values.result === (0 as never)) connection.piles.add(frame.pileNo);
    this.#write(connection, frame.sequence, answering, values);
    if (frame.code === 0x01 && values.result === (0 as never) && this.setsClock) {
      const clock = messageOf(0x56) as MessageTable;
      const time = cp56OfWallMs(this.#time.now() + HOURS_8);
      this.#write(connection, '0000', clock, { pileNo: frame.pileNo, time } as unknown as ValuesOf<Fields>);
    }
  }

  #usualAnswer({ code, values, pileNo }: ReceivedFrame): Values {
    const { gun } = values;
    switch (code) {
      case 0x01:
        return { pileNo, result: 0 };
      case 0x03:
        return { pileNo, gun, reply: 0 };
      case 0x05:
        return { pileNo, modelNo: values.modelNo, result: values.modelNo === TARIFF.modelNo ? 0 : 1 };
      case 0x09:
        return { pileNo, ...TARIFF };
      case 0x31:
      case 0xa1: {
        const txSerial = this.nextSerial(pileNo, String(gun));
        const logicCard = String(values.cardOrAccount);
        const { parallelNo } = values;
        return { txSerial, pileNo, gun, logicCard, balance: this.balance, auth: 1, failReason: 0, parallelNo };
      }
      default:
        return { txSerial: values.txSerial, result: 0 };
    }
  }

  #write(connection: Connection, sequence: string, message: MessageTable, values: ValuesOf<Fields>): void {
    const body = encodeBody(message, values);
    connection.socket.write(encodeFrame({ sequence, encryption: 0, type: message.code, body }, this.crcOrder));
  }
}
