import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { crc16 } from '@voltpile/ykc/frames/crc16';

/** Where in a whole 0x13 frame its energy is (0.1 Wh, four bytes). */
const ENERGY_AT = 6 + 46;
const STEP_MS = 10;
const LOGIN_PATIENCE_MS = 60_000;
const MAX_LOGINS = 20;
const CONNECTS_AT_ONCE = 200;

/** The number of a pile of the bench: 14 digits. */
export function pileNumber(index: number): string {
  return String(32_010_000_000_000 + index);
}

interface Pile {
  readonly socket: Socket;
  readonly heartbeat: Buffer;
  readonly realtime: Buffer;
  energy: number;
  heartbeatAt: number;
  realtimeAt: number;
}

/** Piles that charge: heartbeats and realtime data at their pace, spread evenly over time. Frames are put together by hand. */
export class PileLoad {
  readonly #piles: Pile[] = [];
  readonly #heartbeatMs: number;
  readonly #realtimeMs: number;
  #timer: NodeJS.Timeout | undefined;
  sent = { heartbeats: 0, realtime: 0 };
  /** Bytes of answers. */
  received = 0;

  constructor(options: { readonly heartbeatSeconds: number; readonly realtimeSeconds: number }) {
    this.#heartbeatMs = options.heartbeatSeconds * 1000;
    this.#realtimeMs = options.realtimeSeconds * 1000;
  }

  /** Connects and logs in. */
  async connect(url: string, from: number, to: number): Promise<void> {
    const { hostname, port } = new URL(url);
    for (let at = from; at < to; at += CONNECTS_AT_ONCE) {
      const indexes = Array.from({ length: Math.min(CONNECTS_AT_ONCE, to - at) }, (_, offset) => at + offset);
      await Promise.all(indexes.map((index) => this.#login(hostname, Number(port), index)));
    }
  }

  /** Begins to send. */
  start(): void {
    const now = performance.now();
    const count = this.#piles.length;
    this.#piles.forEach((pile, index) => {
      pile.heartbeatAt = now + (this.#heartbeatMs * index) / count;
      pile.realtimeAt = now + (this.#realtimeMs * index) / count;
    });
    this.#timer = setInterval(() => this.#send(performance.now()), STEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#piles) socket.destroy();
  }

  /** A server that is asked by too many at once closes; a pile then waits and comes again. */
  async #login(host: string, port: number, index: number): Promise<void> {
    const number = pileNumber(index);
    let socket = await tryLogin(host, port, number);
    for (let tries = 1; socket === undefined; tries++) {
      if (tries === MAX_LOGINS) throw new Error(`pile ${number} is not let in`);
      await delay(1000);
      socket = await tryLogin(host, port, number);
    }
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
    });
    const head = Buffer.concat([bcd(number), Buffer.of(1)]);
    const serial = bcd(`${number}01260101120000${String(index % 10_000).padStart(4, '0')}`.slice(0, 32));
    const state = Buffer.alloc(60 - 24);
    state[0] = 3;
    state[2] = 1;
    state.writeUInt16LE(4000, 3);
    state.writeUInt16LE(1200, 5);
    state[7] = 75;
    state[16] = 40;
    state[17] = 80;
    this.#piles.push({
      socket,
      heartbeat: frame(0x03, Buffer.concat([head, Buffer.of(0)])),
      realtime: frame(0x13, Buffer.concat([serial, head, state])),
      energy: 0,
      heartbeatAt: 0,
      realtimeAt: 0,
    });
  }

  #send(now: number): void {
    for (const pile of this.#piles) {
      if (pile.heartbeatAt <= now) {
        pile.heartbeatAt += this.#heartbeatMs;
        pile.socket.write(pile.heartbeat);
        this.sent.heartbeats += 1;
      }
      if (pile.realtimeAt > now) continue;
      pile.realtimeAt += this.#realtimeMs;
      pile.energy += 2000;
      const bytes = Buffer.from(pile.realtime);
      bytes.writeUInt32LE(pile.energy, ENERGY_AT);
      bytes.writeUInt16LE(crc16(bytes, 2, bytes.length - 2), bytes.length - 2);
      pile.socket.write(bytes);
      this.sent.realtime += 1;
    }
  }
}

/** undefined: the server has closed. */
async function tryLogin(host: string, port: number, number: string): Promise<Socket | undefined> {
  const socket = connect({ host, port, noDelay: true });
  socket.on('error', () => undefined);
  // DC, one gun, V1.6.
  const facts = Buffer.concat([bcd(number), Buffer.from([0, 1, 0x10]), Buffer.alloc(8, 'V'), Buffer.alloc(12)]);
  socket.write(frame(0x01, facts));
  const signal = AbortSignal.timeout(LOGIN_PATIENCE_MS);
  const first = await Promise.race([
    once(socket, 'data', { signal }) as Promise<[Buffer]>,
    once(socket, 'close', { signal }).then(() => undefined),
  ]);
  if (first === undefined) return undefined;
  const [answer] = first;
  if (answer[5] !== 0x02 || answer[13] !== 0) throw new Error(`pile ${number} was refused`);
  return socket;
}

function bcd(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

function frame(type: number, body: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.from([0x68, body.length + 4, 0, 0, 0, type]), body, Buffer.alloc(2)]);
  bytes.writeUInt16LE(crc16(bytes, 2, bytes.length - 2), bytes.length - 2);
  return bytes;
}
