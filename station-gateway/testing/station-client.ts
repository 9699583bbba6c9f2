import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';

export interface ConnectOptions extends ClientOptions {
  readonly password?: string | Buffer;
  /** User name; the decoded identity when absent. */
  readonly user?: string;
  readonly protocols?: string[];
}

/** The Authorization header of a station. */
export function basic(user: string, password: string | Buffer): string {
  return `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`;
}

/** A station over bare `ws`: frames as text, nothing of the gateway's code. */
export class StationClient {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: unknown[][] = [];
  #waiting: ((frame: unknown[]) => void)[] = [];
  #ids = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as unknown[];
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting(frame);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Connects, or rejects when the gateway refuses. */
  static async open(url: string, segment: string, options: ConnectOptions = {}): Promise<StationClient> {
    const client = new StationClient(connectWebSocket(url, segment, options));
    await once(client.socket, 'open');
    return client;
  }

  get unread(): number {
    return this.#frames.length;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends a CALL without waiting for the answer; returns its id. */
  post(action: string, payload: object = {}): string {
    this.#ids += 1;
    const id = `m${this.#ids}`;
    this.send([2, id, action, payload]);
    return id;
  }

  /** The next frame that comes. */
  next(): Promise<unknown[]> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends a CALL and takes the next frame for its answer. */
  async call(action: string, payload: object = {}): Promise<unknown[]> {
    this.post(action, payload);
    return await this.next();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

function connectWebSocket(url: string, segment: string, options: ConnectOptions): WebSocket {
  const { password, protocols = ['ocpp1.6'], ...rest } = options;
  const headers: Record<string, string> = { ...(rest.headers as Record<string, string>) };
  if (password !== undefined) headers.authorization = basic(options.user ?? decodeURIComponent(segment), password);
  return new WebSocket(`${url}/${segment}`, protocols, { ...rest, headers, handshakeTimeout: 5000 });
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Tries to connect and expects to be refused with plain HTTP. */
export async function refusal(url: string, segment: string, options: ConnectOptions = {}): Promise<HttpAnswer> {
  const socket = connectWebSocket(url, segment, options);
  const answer = Promise.withResolvers<HttpAnswer>();
  socket.on('open', () => answer.reject(new Error('the station was let in')));
  socket.on('error', answer.reject);
  socket.on('unexpected-response', (_request, response) => {
    let body = '';
    response.on('data', (chunk) => {
      body += String(chunk);
    });
    response.on('end', () => {
      answer.resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body });
    });
  });
  try {
    return await answer.promise;
  } finally {
    socket.terminate();
  }
}

/** Opens a TCP connection to where the URL points. */
export async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and returns everything that comes back until the other side ends. */
export async function rawExchange(url: string, bytes: string): Promise<string> {
  const socket = await rawSocket(url);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

/** An upgrade request by hand. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const all = {
    Host: 'x',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'ocpp1.6',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
