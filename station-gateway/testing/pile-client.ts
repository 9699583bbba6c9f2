import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeFrame, type Frame } from '@voltpile/ykc/frames/frame';
import { FrameReader } from '@voltpile/ykc/frames/frame-reader';
import { rawSocket } from './station-client.ts';

/** A connection on which piles speak, frame by frame. Nothing is answered by itself. */
export class PileClient {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly #reader = new FrameReader();
  readonly #frames: Frame[] = [];
  #waiting: { readonly fits: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = [];
  #sent = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    this.closed = once(socket, 'close');
    socket.on('data', (chunk: Buffer) => {
      for (const cut of this.#reader.push(chunk)) {
        if (cut.kind === 'frame') this.#take({ ...cut.frame, body: Buffer.from(cut.frame.body) });
      }
    });
  }

  static async open(url: string): Promise<PileClient> {
    return new PileClient(await rawSocket(url));
  }

  get isOpen(): boolean {
    return this.socket.readyState === 'open';
  }

  /** A frame as it goes over the wire. @param body hex digits */
  frame(type: number, body: string): Buffer {
    const sequence = (this.#sent++ & 0xffff).toString(16).padStart(4, '0');
    return encodeFrame({ sequence, encryption: 0, type, body: Buffer.from(body, 'hex') });
  }

  send(type: number, body: string): void {
    this.socket.write(this.frame(type, body));
  }

  /** The next frame of that type, also one that has come already. */
  next(type: number): Promise<Frame> {
    const fits = (frame: Frame): boolean => frame.type === type;
    const at = this.#frames.findIndex(fits);
    const [known] = at === -1 ? [] : this.#frames.splice(at, 1);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }));
  }

  /** Frames of that type that nobody has taken. */
  count(type: number): number {
    return this.#frames.filter((frame) => frame.type === type).length;
  }

  /** 0x01 → 0x02. @returns whether the pile was let in */
  async login(pileNo: string, guns = 1): Promise<boolean> {
    this.send(0x01, loginBody(pileNo, guns));
    return (await this.next(0x02)).body[7] === 0;
  }

  /** 0x03 → 0x04 */
  async heartbeat(pileNo: string): Promise<void> {
    this.send(0x03, `${pileNo}0100`);
    await this.next(0x04);
  }

  #take(frame: Frame): void {
    const waiting = this.#waiting.find(({ fits }) => fits(frame));
    if (waiting === undefined) {
      this.#frames.push(frame);
      return;
    }
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    waiting.resolve(frame);
  }
}

export function loginBody(pileNo: string, guns = 1): string {
  return `${pileNo}00${guns.toString(16).padStart(2, '0')}10${'00'.repeat(8)}01${'00'.repeat(10)}04`;
}

/** Body of 0x31: a card at gun 1. @param card at most 16 digits */
export function cardBody(pileNo: string, card: string): string {
  return `${pileNo}010100${card.padStart(16, '0')}${'00'.repeat(33)}`;
}

/** Body of 0x13: gun 1 charges, and has delivered so much. @param serial 32 digits */
export function chargingBody(pileNo: string, serial: string, energy = 0): string {
  const steps = Buffer.alloc(4);
  steps.writeUInt32LE(energy);
  const energyHex = steps.toString('hex');
  return `${serial}${pileNo}01${'03'}${'0001'}${'a00f'}${'e803'}${'00'.repeat(9)}${'2800'}${'00'.repeat(4)}${energyHex}${energyHex}${'00'.repeat(6)}`;
}

/** Body of 0x3B with registers of 0 and 1 kWh. @param serial 32 digits */
export function recordBody(pileNo: string, serial: string): string {
  const time = '00000a0c1a0b1a';
  const nothing = '00'.repeat(16);
  const kiloWattHour = '10270000';
  const flat = `00000000${kiloWattHour}${kiloWattHour}00000000`;
  return [
    `${serial}${pileNo}01`,
    `${time}${time}`,
    `${nothing}${nothing}${flat}${nothing}`,
    `0000000000${kiloWattHour}00`,
    `${kiloWattHour}${kiloWattHour}00000000`,
    '00'.repeat(17),
    `02${time}45`,
    '00000000d14b0a54',
  ].join('');
}
