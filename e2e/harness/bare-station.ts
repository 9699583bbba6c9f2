import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { PATIENCE_MS, within } from './deadline.ts';

/*
 * A charge point made of nothing but `ws`: every frame is put together here, by hand. It shares no code with the server's RPC layer nor
 * with the simulators, so that a misreading of the protocol in either of them is found.
 */

export type Payload = Readonly<Record<string, unknown>>;

/** The central system answered with CALLERROR. */
export class CallRefused extends Error {
  readonly code: string;
  readonly description: string;

  constructor(action: string, code: string, description: string) {
    super(`${action} was answered with CALLERROR ${code}: ${description}`);
    this.code = code;
    this.description = description;
  }
}

/** The socket went away before the answer came. */
export class SocketLost extends Error {
  readonly closeCode: number;

  constructor(closeCode: number) {
    super(`the socket was closed with ${closeCode}`);
    this.closeCode = closeCode;
  }
}

/** The server did not switch protocols. */
export class HandshakeRefused extends Error {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;

  constructor(status: number, headers: IncomingMessage['headers'], body: string) {
    super(`the handshake was answered with ${status}: ${body.trim()}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** A CALL of the central system. */
export interface CentralCall {
  readonly messageId: string;
  readonly action: string;
  readonly payload: Payload;
  reply(payload: Payload): void;
  refuse(code: string, description?: string): void;
}

export interface BareStationOptions {
  readonly password?: string | Buffer | undefined;
  /** The user name of Basic authentication; the identity when absent. */
  readonly user?: string | undefined;
  /** `['ocpp1.6']` when absent. */
  readonly protocols?: readonly string[] | undefined;
  /** Goes into the URL as it is; by default the identity, percent-encoded. */
  readonly path?: string | undefined;
}

interface Waiting {
  readonly action: string;
  readonly resolve: (payload: Payload) => void;
  readonly reject: (error: Error) => void;
}

/** Longer than the server holds an answer back while its database is away (20 s). */
const ANSWER_MS = 30_000;
const MAX_KEPT_FRAMES = 1000;
let lastMessageNumber = 0;

export class BareStation {
  readonly identity: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #calls: CentralCall[] = [];
  readonly #callWaiters: { readonly action: string; readonly resolve: (call: CentralCall) => void }[] = [];
  readonly #handlers = new Map<string, (call: CentralCall) => void>();
  readonly #strays: string[] = [];
  readonly #strayWaiters: ((frame: string) => void)[] = [];
  /** How the socket ended. Never rejects. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(identity: string, socket: WebSocket) {
    this.identity = identity;
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => this.#receive(data.toString('utf8')));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        for (const { reject } of this.#waiting.values()) reject(new SocketLost(code));
        this.#waiting.clear();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /**
   * Opens a socket.
   *
   * @param url `ws://host:port/ocpp`, without the identity
   * @throws HandshakeRefused, or the network's error
   */
  static connect(url: string, identity: string, options: BareStationOptions = {}): Promise<BareStation> {
    const { password, user = identity, protocols = ['ocpp1.6'], path = encodeURIComponent(identity) } = options;
    const headers: Record<string, string> = {};
    if (password !== undefined) {
      const credentials = Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]);
      headers.Authorization = `Basic ${credentials.toString('base64')}`;
    }
    const socket = new WebSocket(`${url}/${path}`, [...protocols], { headers, perMessageDeflate: false });
    const station = new BareStation(identity, socket);
    const opened = new Promise<BareStation>((resolve, reject) => {
      socket.once('open', () => resolve(station));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.once('close', () => reject(new HandshakeRefused(response.statusCode ?? 0, response.headers, body)));
      });
    });
    return within(opened, `a connection of ${identity}`).catch((error: unknown) => {
      socket.terminate();
      throw error;
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The subprotocol that the server chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /**
   * Sends one CALL and waits for its answer.
   *
   * @param messageId a new one when absent
   * @throws CallRefused, SocketLost
   */
  call<T = Payload>(action: string, payload: unknown, messageId = `m${++lastMessageNumber}`): Promise<T> {
    if (!this.isOpen) return Promise.reject(new SocketLost(1006));
    const answer = new Promise<Payload>((resolve, reject) => this.#waiting.set(messageId, { action, resolve, reject }));
    this.sendText(`[2,"${messageId}","${action}",${JSON.stringify(payload)}]`);
    return within(answer, `an answer to ${action} of ${this.identity}`, ANSWER_MS) as Promise<T>;
  }

  /** Writes a text frame as it is. */
  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBinary(data: Buffer): void {
    this.#socket.send(data);
  }

  /** Resolves when what was written has been given to the operating system. */
  async flushed(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.ping(undefined, undefined, () => resolve()));
  }

  /** Answers every CALL of that action from now on. */
  onCall(action: string, handle: (call: CentralCall) => void): void {
    this.#handlers.set(action, handle);
  }

  /** The next CALL of that action, also one that has come already. It stays unanswered until the test answers it. */
  nextCall(action: string, milliseconds: number = PATIENCE_MS): Promise<CentralCall> {
    const position = this.#calls.findIndex((call) => call.action === action);
    const [known] = position < 0 ? [] : this.#calls.splice(position, 1);
    if (known !== undefined) return Promise.resolve(known);
    const coming = new Promise<CentralCall>((resolve) => this.#callWaiters.push({ action, resolve }));
    return within(coming, `a CALL ${action} to ${this.identity}`, milliseconds);
  }

  /** The next frame that answers no CALL of ours and is none itself, as text. */
  nextStray(milliseconds: number = PATIENCE_MS): Promise<string> {
    const known = this.#strays.shift();
    if (known !== undefined) return Promise.resolve(known);
    const coming = new Promise<string>((resolve) => this.#strayWaiters.push(resolve));
    return within(coming, `a frame to ${this.identity}`, milliseconds);
  }

  /** Frames that answer no CALL of ours and that nobody has taken. */
  get strays(): readonly string[] {
    return this.#strays;
  }

  /** Closes with a handshake, and waits for it. */
  async close(code = 1000): Promise<void> {
    this.#socket.close(code);
    await within(this.closed, `the closing handshake of ${this.identity}`);
  }

  /** Goes without a word, as with the power. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Stops reading: nothing that the server does is noticed any more, until {@link resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  #receive(text: string): void {
    const frame: unknown = JSON.parse(text);
    const [type, id] = Array.isArray(frame) ? (frame as [unknown, unknown]) : [];
    const waiting = this.#waiting.get(String(id));
    if (type === 3 && waiting !== undefined) {
      this.#waiting.delete(String(id));
      waiting.resolve((frame as [3, string, Payload])[2]);
    } else if (type === 4 && waiting !== undefined) {
      const [, , code, description] = frame as [4, string, string, string];
      this.#waiting.delete(String(id));
      waiting.reject(new CallRefused(waiting.action, code, description));
    } else if (type === 2) {
      const [, messageId, action, payload] = frame as [2, string, string, Payload];
      this.#receiveCall(messageId, action, payload);
    } else this.#receiveStray(text);
  }

  #receiveCall(messageId: string, action: string, payload: Payload): void {
    const call: CentralCall = {
      messageId,
      action,
      payload,
      reply: (answer) => this.sendText(`[3,"${messageId}",${JSON.stringify(answer)}]`),
      refuse: (code, description = '') => this.sendText(`[4,"${messageId}","${code}","${description}",{}]`),
    };
    const handle = this.#handlers.get(action);
    if (handle !== undefined) {
      handle(call);
      return;
    }
    const position = this.#callWaiters.findIndex((waiter) => waiter.action === action);
    const [waiter] = position < 0 ? [] : this.#callWaiters.splice(position, 1);
    if (waiter !== undefined) waiter.resolve(call);
    else if (this.#calls.length < MAX_KEPT_FRAMES) this.#calls.push(call);
  }

  #receiveStray(text: string): void {
    const waiter = this.#strayWaiters.shift();
    if (waiter !== undefined) waiter(text);
    else if (this.#strays.length < MAX_KEPT_FRAMES) this.#strays.push(text);
  }
}
