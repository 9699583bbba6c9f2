import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A CALL that came from a station. */
export interface ReceivedCall {
  readonly identity: string;
  readonly action: string;
  readonly messageId: string;
  // A test looks into payloads of every shape.
  readonly payload: Record<string, unknown>;
}

export type CommandResult =
  | { readonly kind: 'result'; readonly payload: Record<string, unknown> }
  | { readonly kind: 'error'; readonly code: string; readonly description: string };

/** An answer that is CALLERROR. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, description = '') {
    super(description);
    this.code = code;
  }
}

/** No answer at all. */
export const SILENCE = Symbol('silence');

type Answer = (call: ReceivedCall) => object | typeof SILENCE | Promise<object | typeof SILENCE>;

type Fields = Record<string, Record<string, 'string' | 'number' | 'object'>>;

/** Fields that OCPP 1.6 requires, and their types; written by hand from the specification, to be independent of any schema. */
const REQUIRED_16: Fields = {
  Authorize: { idTag: 'string' },
  BootNotification: { chargePointVendor: 'string', chargePointModel: 'string' },
  DataTransfer: { vendorId: 'string' },
  DiagnosticsStatusNotification: { status: 'string' },
  FirmwareStatusNotification: { status: 'string' },
  Heartbeat: {},
  LogStatusNotification: { status: 'string' },
  MeterValues: { connectorId: 'number', meterValue: 'object' },
  SecurityEventNotification: { type: 'string', timestamp: 'string' },
  SignCertificate: { csr: 'string' },
  SignedFirmwareStatusNotification: { status: 'string' },
  StartTransaction: { connectorId: 'number', idTag: 'string', meterStart: 'number', timestamp: 'string' },
  StatusNotification: { connectorId: 'number', errorCode: 'string', status: 'string' },
  StopTransaction: { transactionId: 'number', meterStop: 'number', timestamp: 'string' },
};

/** The same for OCPP 2.0.1. */
const REQUIRED_201: Fields = {
  Authorize: { idToken: 'object' },
  BootNotification: { reason: 'string', chargingStation: 'object' },
  ClearedChargingLimit: { chargingLimitSource: 'string' },
  DataTransfer: { vendorId: 'string' },
  FirmwareStatusNotification: { status: 'string' },
  Heartbeat: {},
  LogStatusNotification: { status: 'string' },
  MeterValues: { evseId: 'number', meterValue: 'object' },
  NotifyChargingLimit: { chargingLimit: 'object' },
  NotifyCustomerInformation: { requestId: 'number', seqNo: 'number', generatedAt: 'string', data: 'string' },
  NotifyDisplayMessages: { requestId: 'number' },
  NotifyEVChargingNeeds: { evseId: 'number', chargingNeeds: 'object' },
  NotifyEvent: { generatedAt: 'string', seqNo: 'number', eventData: 'object' },
  NotifyMonitoringReport: { requestId: 'number', seqNo: 'number', generatedAt: 'string' },
  NotifyReport: { requestId: 'number', seqNo: 'number', generatedAt: 'string' },
  PublishFirmwareStatusNotification: { status: 'string' },
  ReportChargingProfiles: {
    requestId: 'number',
    chargingLimitSource: 'string',
    evseId: 'number',
    chargingProfile: 'object',
  },
  ReservationStatusUpdate: { reservationId: 'number', reservationUpdateStatus: 'string' },
  SecurityEventNotification: { type: 'string', timestamp: 'string' },
  SignCertificate: { csr: 'string' },
  StatusNotification: { timestamp: 'string', connectorStatus: 'string', evseId: 'number', connectorId: 'number' },
  TransactionEvent: {
    eventType: 'string',
    timestamp: 'string',
    triggerReason: 'string',
    seqNo: 'number',
    transactionInfo: 'object',
  },
};

const PROTOCOLS = ['ocpp1.6', 'ocpp2.0.1'];

const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

interface Connection {
  readonly identity: string;
  readonly protocol: string;
  readonly socket: WebSocket;
  readonly raw: Socket;
  isAnswering: boolean;
  isAccepted: boolean;
  readonly pending: Map<string, (result: CommandResult) => void>;
  readonly seen: Set<string>;
}

/**
 * A central system for tests, written by hand on bare `ws`: it answers as told, and notes every breach of OCPP-J 1.6 and 2.0.1 by a station in
 * {@link violations} (frames, required fields, times, one outstanding CALL, message ids, silence until accepted, numbers of events).
 */
export class TestCentralSystem {
  readonly calls: ReceivedCall[] = [];
  readonly violations: string[] = [];
  /** Basic credentials as they came, one for each login; undefined: none were given. */
  readonly logins: (string | undefined)[] = [];
  /** Refuses an upgrade with this HTTP status. */
  refuseWith: number | undefined;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, clientTracking: false });
  readonly #connections = new Map<string, Connection>();
  readonly #all = new Set<Socket>();
  readonly #answers = new Map<string, Answer>();
  #waiters: { matches(call: ReceivedCall): boolean; resolve(call: ReceivedCall): void }[] = [];
  #nextTransactionId = 1;
  #known = new Set<string>();
  /** Events of each transaction as they were told first. */
  readonly #events = new Map<string, string[]>();

  readonly #scheme: 'ws' | 'wss';

  private constructor(tls: { key: string; cert: string } | undefined) {
    this.#scheme = tls === undefined ? 'ws' : 'wss';
    this.#server = tls === undefined ? createServer() : createTlsServer(tls);
    this.#server.on('request', (_request, response) => response.writeHead(426).end());
    this.#server.on('upgrade', (request, socket: Socket, head) => this.#upgrade(request, socket, head));
  }

  /** @param tls key and certificate in PEM, for wss:// */
  static async listen(tls?: { key: string; cert: string }): Promise<TestCentralSystem> {
    const central = new TestCentralSystem(tls);
    central.#server.listen(0, '127.0.0.1');
    await once(central.#server, 'listening');
    return central;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ocpp`;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Answers an action with this from now on. */
  answer(action: string, answer: Answer | object): void {
    this.#answers.set(action, typeof answer === 'function' ? (answer as Answer) : () => answer);
  }

  /** Payloads of an action in the order of their coming. */
  of(action: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.action === action).map((call) => call.payload);
  }

  /** Waits for the next CALL of an action. */
  next(action: string, matches: (payload: Record<string, unknown>) => boolean = () => true): Promise<ReceivedCall> {
    return new Promise((resolve) => {
      this.#waiters.push({ matches: (call) => call.action === action && matches(call.payload), resolve });
    });
  }

  /** Sends a CALL to a station and waits for what it answers. */
  command(identity: string, action: string, payload: object): Promise<CommandResult> {
    const connection = this.#connections.get(identity);
    if (connection === undefined) throw new Error(`${identity} is not connected`);
    const messageId = randomUUID();
    return new Promise((resolve) => {
      connection.pending.set(messageId, resolve);
      connection.socket.send(JSON.stringify([2, messageId, action, payload]));
    });
  }

  /** Sends a command and returns the payload of its CALLRESULT. */
  async ask(identity: string, action: string, payload: object): Promise<Record<string, unknown>> {
    const result = await this.command(identity, action, payload);
    if (result.kind === 'error') throw new Error(`${action}: ${result.code} ${result.description}`);
    return result.payload;
  }

  /** Sends text as it is. */
  sendText(identity: string, text: string): void {
    this.#connections.get(identity)?.socket.send(text);
  }

  /** The station's socket, for pings and for cutting it. */
  socket(identity: string): WebSocket {
    const connection = this.#connections.get(identity);
    if (connection === undefined) throw new Error(`${identity} is not connected`);
    return connection.socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#all) socket.destroy();
    this.#sockets.close();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #upgrade(request: IncomingMessage, raw: Socket, head: Buffer): void {
    this.#all.add(raw);
    raw.on('close', () => this.#all.delete(raw));
    raw.on('error', () => raw.destroy());
    const { authorization } = request.headers;
    this.logins.push(authorization && Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('latin1'));
    const identity = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const protocol = request.headers['sec-websocket-protocol'] ?? '';
    if (!PROTOCOLS.includes(protocol)) this.violations.push(`subprotocol ${protocol} offered`);
    if (this.refuseWith !== undefined) {
      raw.end(`HTTP/1.1 ${this.refuseWith} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, raw, head, (socket) => this.#connected(identity, protocol, socket, raw));
  }

  #connected(identity: string, protocol: string, socket: WebSocket, raw: Socket): void {
    const connection: Connection = {
      identity,
      protocol,
      socket,
      raw,
      isAnswering: false,
      // A mere reconnect needs no boot message.
      isAccepted: this.#known.has(identity),
      pending: new Map(),
      seen: new Set(),
    };
    this.#connections.set(identity, connection);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#connections.get(identity) === connection) this.#connections.delete(identity);
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.violations.push(`${identity}: binary frame`);
      void this.#receive(connection, data.toString());
    });
  }

  async #receive(connection: Connection, text: string): Promise<void> {
    const { identity } = connection;
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      this.violations.push(`${identity}: not JSON`);
      return;
    }
    if (!Array.isArray(frame) || typeof frame[1] !== 'string' || frame[1].length > 36) {
      this.violations.push(`${identity}: not a message`);
      return;
    }
    const [type, messageId, third, fourth] = frame as [unknown, string, unknown, unknown];
    if (type === 2 && frame.length === 4 && typeof third === 'string') {
      await this.#receiveCall(connection, { identity, messageId, action: third, payload: fourth as never });
      return;
    }
    const pending = connection.pending.get(messageId);
    connection.pending.delete(messageId);
    if (pending === undefined) this.violations.push(`${identity}: answer to nothing`);
    else if (type === 3 && frame.length === 3) pending({ kind: 'result', payload: third as never });
    else if (type === 4 && frame.length === 5) {
      pending({ kind: 'error', code: String(third), description: String(fourth) });
    } else this.violations.push(`${identity}: not a message`);
  }

  async #receiveCall(connection: Connection, call: ReceivedCall): Promise<void> {
    const { socket } = connection;
    this.#check(connection, call);
    this.calls.push(call);
    connection.isAnswering = true;
    const waiters = this.#waiters.filter(({ matches }) => matches(call));
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    try {
      const answer =
        this.#answers.get(call.action) ?? ((received: ReceivedCall) => this.#usualAnswer(received, connection));
      const payload = await answer(call);
      if (call.action === 'BootNotification' && 'status' in (payload as object)) {
        connection.isAccepted = (payload as { status: unknown }).status === 'Accepted';
        if (connection.isAccepted) this.#known.add(call.identity);
      }
      if (payload !== SILENCE) socket.send(JSON.stringify([3, call.messageId, payload]));
    } catch (error) {
      const code = error instanceof CallError ? error.code : 'InternalError';
      socket.send(JSON.stringify([4, call.messageId, code, (error as Error).message, {}]));
    } finally {
      connection.isAnswering = false;
      for (const { resolve } of waiters) resolve(call);
    }
  }

  #check(connection: Connection, { identity, action, messageId, payload }: ReceivedCall): void {
    const note = (what: string) => this.violations.push(`${identity} ${action}: ${what}`);
    if (connection.isAnswering) note('a second CALL is outstanding');
    if (connection.seen.has(messageId)) note('its message id was used before');
    connection.seen.add(messageId);
    const is201 = connection.protocol === 'ocpp2.0.1';
    const required = (is201 ? REQUIRED_201 : REQUIRED_16)[action];
    if (required === undefined) return void note('not an action of a station');
    for (const [field, type] of Object.entries(required)) {
      if (typeof payload[field] !== type) note(`${field} must be ${type}`);
    }
    if (action === 'BootNotification') {
      connection.isAccepted = false;
      this.#known.delete(identity);
    } else if (!connection.isAccepted) {
      note('sent before it was accepted');
    }
    for (const time of JSON.stringify(payload).matchAll(/"timestamp":"([^"]*)"/g)) {
      if (!UTC.test(time[1] ?? '')) note(`timestamp ${time[1]} is not UTC`);
    }
    if (is201) {
      if (action === 'TransactionEvent') this.#checkEvent(payload, note);
      return;
    }
    const texts = ['meterStart', 'meterStop', 'connectorId', 'transactionId'].filter((field) => field in payload);
    for (const field of texts) if (!Number.isInteger(payload[field])) note(`${field} must be a whole number`);
  }

  /** Events of a transaction are numbered from 0 without a gap; a number that was told may only be told again as it was. */
  #checkEvent(payload: ReceivedCall['payload'], note: (what: string) => void): void {
    const { transactionId } = payload.transactionInfo as { transactionId?: unknown };
    if (typeof transactionId !== 'string') return void note('transactionId must be string');
    const told = this.#events.get(transactionId) ?? [];
    this.#events.set(transactionId, told);
    const { seqNo, eventType } = payload;
    const text = JSON.stringify(payload);
    const before = told[Number(seqNo)];
    if (before !== undefined) {
      if (before !== text) note(`event ${seqNo} was told before, in other words`);
      return;
    }
    if (seqNo !== told.length) note(`event ${seqNo} comes after ${told.length} events`);
    if ((eventType === 'Started') !== (told.length === 0)) note(`event ${seqNo} is ${eventType}`);
    if (told.some((event) => event.includes('"eventType":"Ended"'))) note('an event follows the end');
    told.push(text);
  }

  #usualAnswer({ action, payload }: ReceivedCall, { protocol }: Connection): object {
    const is201 = protocol === 'ocpp2.0.1';
    switch (action) {
      case 'BootNotification':
        return { status: 'Accepted', currentTime: new Date().toISOString(), interval: 300 };
      case 'Heartbeat':
        return { currentTime: new Date().toISOString() };
      case 'Authorize':
        return { [is201 ? 'idTokenInfo' : 'idTagInfo']: { status: 'Accepted' } };
      case 'TransactionEvent':
        return payload.idToken === undefined ? {} : { idTokenInfo: { status: 'Accepted' } };
      case 'StartTransaction':
        return { transactionId: this.#nextTransactionId++, idTagInfo: { status: 'Accepted' } };
      case 'DataTransfer':
      case 'SignCertificate':
      case 'NotifyEVChargingNeeds':
        return { status: 'Accepted' };
      default:
        return {};
    }
  }
}
