import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { FieldValue } from '@voltpile/ykc/fields/field-types';
import type { Frame } from '@voltpile/ykc/frames/frame';
import { FrameReader } from '@voltpile/ykc/frames/frame-reader';
import { decodeBody } from '@voltpile/ykc/messages/body';
import { codeText, type MessageTable } from '@voltpile/ykc/messages/message';
import { messageOf } from '@voltpile/ykc/messages/table';
import { connectionLost } from '../station/errors.ts';
import type { WireTls } from '../station/station-options.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;
const CLOSE_PATIENCE_MS = 2_000;

/** A frame of the central system, read. */
export interface Received {
  readonly sequence: string;
  readonly message: MessageTable;
  readonly values: Readonly<Record<string, FieldValue>>;
}

/** A pile's end of the line. */
export interface Member {
  readonly pileNo: string;
  /** @returns whether it was meant for this pile; only frames that name no pile are offered to several */
  receive(received: Received): boolean;
  closed(reason: string): void;
  violation(what: string): void;
}

/**
 * A TCP connection for one pile, or for several, which then log in one by one over it: what the first one opens the others join, and what cuts it
 * cuts all of them.
 */
export class Concentrator {
  readonly #url: URL;
  readonly #tls: WireTls | undefined;
  readonly #members = new Map<string, Member>();
  #socket: Socket | undefined;
  #opening: Promise<void> | undefined;

  /** @param url `tcp://host:port`, or `tls://…` */
  constructor(url: string, tls?: WireTls) {
    this.#url = new URL(url);
    this.#tls = tls;
  }

  /** Piles that are on the line. */
  get size(): number {
    return this.#members.size;
  }

  /** Bytes that wait for the network. */
  get backlogBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** Puts a pile on the line; opens it for the first one. @throws the socket's error */
  async join(member: Member): Promise<void> {
    this.#members.set(member.pileNo, member);
    try {
      this.#opening ??= this.#open();
      await this.#opening;
    } catch (error) {
      this.#remove(member);
      throw error;
    }
    if (this.#members.get(member.pileNo) !== member || this.#socket === undefined) {
      throw connectionLost({ action: 'the connection' });
    }
  }

  /** A pile goes. The last one closes the line. */
  async leave(member: Member): Promise<void> {
    if (!this.#remove(member) || this.#members.size > 0) return;
    const socket = this.#take();
    if (socket === undefined) return;
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(() => socket.destroy(), CLOSE_PATIENCE_MS);
      socket.once('close', () => {
        clearTimeout(impatience);
        resolve();
      });
      if (socket.destroyed) resolve();
      else if (socket.connecting) socket.destroy();
      else socket.end();
      // What still comes is read and forgotten, so that the other side's end is seen.
      socket.resume();
    });
  }

  /** A pile goes without a word. @returns the socket when it was the last one: open, dead, and the caller's to free */
  vanish(member: Member): Socket | undefined {
    if (!this.#remove(member) || this.#members.size > 0) return undefined;
    return this.#take()?.pause();
  }

  /** Cuts the line, for every pile on it. */
  cut(): void {
    const socket = this.#take();
    socket?.destroy();
    this.#closed('cut');
  }

  /** Nothing is read any more; what has come already stays unread. */
  stopReading(): void {
    this.#socket?.pause();
  }

  /** @param done called once the network has it, or never will */
  write(bytes: Buffer, done: () => void): void {
    if (this.#socket === undefined) done();
    else this.#socket.write(bytes, done);
  }

  async #open(): Promise<void> {
    const { hostname, port, protocol } = this.#url;
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
    const isTls = protocol === 'tls:';
    const socket = isTls ? connectTls({ ...target, ...this.#tls }) : connectTcp(target);
    this.#socket = socket;
    const reader = new FrameReader();
    try {
      await opened(socket, isTls ? 'secureConnect' : 'connect');
    } catch (error) {
      if (this.#socket === socket) this.#take();
      throw error;
    }
    socket.setNoDelay(true);
    let reason = 'closed by the central system';
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('data', (chunk: Buffer) => this.#read(socket, reader, chunk));
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#take();
      this.#closed(reason);
    });
  }

  #read(socket: Socket, reader: FrameReader, chunk: Buffer): void {
    for (const cut of reader.push(chunk)) {
      // A frame may have made a pile cut the line.
      if (this.#socket !== socket || socket.destroyed) return;
      if (cut.kind === 'bad-check') this.#violation(`a frame with a wrong check: ${cut.bytes.toString('hex')}`);
      else this.#deliver(cut.frame);
    }
  }

  #deliver({ type, body, sequence }: Frame): void {
    const message = messageOf(type);
    if (message?.direction !== 'down') {
      this.#violation(`a frame of type ${codeText(type)}`);
      return;
    }
    let values: Received['values'];
    try {
      values = decodeBody(message, body).values;
    } catch (error) {
      this.#violation(`${codeText(type)}: ${(error as Error).message}`);
      return;
    }
    const received = { sequence, message, values };
    const { pileNo } = values;
    const members = [...this.#members.values()];
    if (pileNo === undefined) {
      // The confirmation of a record names the charge only.
      for (const member of members) if (member.receive(received)) return;
      return;
    }
    // A pile that is alone hears everything, so that it can say that it is not the one.
    const addressed = members.length === 1 ? members[0] : this.#members.get(pileNo as string);
    if (addressed === undefined) this.#violation(`${codeText(type)} for ${String(pileNo)}, which is not on this line`);
    else addressed.receive(received);
  }

  #violation(what: string): void {
    const [first] = this.#members.values();
    first?.violation(what);
  }

  #remove(member: Member): boolean {
    return this.#members.get(member.pileNo) === member && this.#members.delete(member.pileNo);
  }

  #take(): Socket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#opening = undefined;
    return socket;
  }

  #closed(reason: string): void {
    const gone = [...this.#members.values()];
    this.#members.clear();
    for (const member of gone) member.closed(reason);
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => socket.destroy(new Error('the handshake took too long')), HANDSHAKE_TIMEOUT_MS);
    const finish = (settle: () => void) => {
      clearTimeout(timeout);
      socket.off('error', failed);
      socket.off('close', gone);
      settle();
    };
    const failed = (error: Error) => finish(() => reject(error));
    const gone = () => finish(() => reject(connectionLost({ action: 'the handshake' })));
    socket.once('error', failed);
    socket.once('close', gone);
    socket.once(event, () => finish(resolve));
  });
}
