import { randomUUID } from 'node:crypto';
import type { VoltpileError } from '@voltpile/kernel/errors';
import ocppRpc from 'ocpp-rpc';
import { callRefused, callTimedOut, connectionLost } from '../station/errors.ts';
import { type CallFault, type Faults, spoilPayload } from '../station/faults.ts';
import type { LinkedWire, OnClosed } from '../station/link.ts';
import type { WireTls } from '../station/station-options.ts';
import type { Answer, Protocol } from '../station/words.ts';

const { createRPCError, NOREPLY, RPCClient } = ocppRpc;
type ClientOptions = ConstructorParameters<typeof RPCClient>[0];

const CLOSE_PATIENCE_MS = 2_000;
const HANDSHAKE_TIMEOUT_MS = 15_000;
const MAX_WAITING_CALLS = 1_000;
const MAX_PAYLOAD_BYTES = 1_048_576;

export interface WireOptions {
  readonly protocol: Protocol;
  readonly url: string;
  readonly identity: string;
  readonly password: Buffer | undefined;
  readonly tls: WireTls | undefined;
  /** Real milliseconds that the central system has for an answer. */
  readonly callTimeoutMs: number;
  /** Real seconds between our WebSocket pings; 0 is none. */
  readonly pingIntervalSeconds: number;
  readonly faults: Faults;
  /** Actions of the central system that the station implements; any other is answered with NotImplemented. */
  readonly actions: readonly string[];
  /** Carries out a command. What it returns is sent, then `afterwards` runs. Undefined: no answer at all. */
  readonly onCommand: (action: string, payload: object) => Promise<Answer | undefined>;
  /** Called once when an open connection has gone, whoever ended it. */
  readonly onClosed: OnClosed;
  /** The central system broke the protocol: an answer against its schema, a frame that is no message. */
  readonly onViolation: (what: string) => void;
}

/** `_ws` is protected in the library; faults need the socket itself. */
class SocketClient extends RPCClient {
  get socket() {
    return this._ws;
  }
}

interface Call {
  readonly action: string;
  readonly payload: object;
  readonly fault: CallFault | undefined;
  resolve(response: unknown): void;
  reject(error: VoltpileError): void;
}

/**
 * One OCPP-J connection on the npm client `ocpp-rpc`, strict both ways. It does not reconnect: the station does, in simulated
 * time. One CALL is outstanding at a time (OCPP-J, 4.1.1), also when faults bypass the library's checks.
 */
export class Wire implements LinkedWire {
  readonly #options: WireOptions;
  readonly #client: SocketClient;
  #state: 'new' | 'open' | 'gone' = 'new';
  #current: Call | undefined;
  #waiting: Call[] = [];
  /** The answer to a frame that went out past the library, by message id. */
  #rawAnswer: { readonly messageId: string; settle(frame: unknown[]): void } | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    const clientOptions = {
      identity: options.identity,
      endpoint: options.url,
      protocols: [options.protocol],
      password: options.password ?? null,
      strictMode: true,
      reconnect: false,
      callTimeoutMs: options.callTimeoutMs,
      pingIntervalMs: options.pingIntervalSeconds * 1000,
      wsOpts: {
        ...options.tls,
        autoPong: !options.faults.neverPong,
        perMessageDeflate: false,
        maxPayload: MAX_PAYLOAD_BYTES,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      },
    };
    // The library's types ask for every option; at run time all but the identity have defaults.
    this.#client = new SocketClient(clientOptions as unknown as ClientOptions);
    for (const action of options.actions) {
      // Registered singly: with a wildcard handler the strict library answers unknown actions with ProtocolError.
      this.#client.handle(action, async ({ params }) => this.#handle(action, params as object));
    }
    this.#client.on('disconnect', (event: { code: number; reason: string }) => this.#gone(event.code, event.reason));
    this.#client.on('message', (event: { message: string; outbound: boolean }) => {
      if (!event.outbound && this.#rawAnswer !== undefined) this.#matchRawAnswer(event.message);
    });
    this.#client.on('strictValidationFailure', (event: { method: string; outbound: boolean; error: Error }) => {
      if (!event.outbound) options.onViolation(`${event.method}: ${event.error.message}`);
    });
    this.#client.on('badMessage', (event: { error: Error & { details?: { msgId?: string } } }) => {
      if (!event.error.message.startsWith('Received CALL')) options.onViolation(event.error.message);
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Connects. @throws the library's error: `code` is the HTTP status when the upgrade was refused */
  async open(): Promise<void> {
    await this.#client.connect();
    if (this.#state === 'gone') {
      this.#client.socket?.terminate();
      throw connectionLost({ action: 'the handshake' });
    }
    this.#state = 'open';
  }

  /**
   * Sends a CALL and waits for its answer. Faults that match the action strike here.
   *
   * @throws connectionLost, callTimedOut, callRefused
   */
  call(action: string, payload: object): Promise<unknown> {
    return this.#enqueue(action, payload, this.#options.faults.takeForCall(action, payload));
  }

  /** Sends text as it is; nothing waits for an answer. Does nothing without a connection. */
  sendText(text: string): void {
    if (this.isOpen) this.#client.sendRaw(text);
  }

  /** Closes politely, and by force when the other side does not answer the close. */
  async close(code = 1000, reason = ''): Promise<void> {
    if (this.#state === 'new') return this.drop();
    if (this.#state === 'gone') return;
    const impatience = setTimeout(() => this.#client.socket?.terminate(), CLOSE_PATIENCE_MS);
    this.#gone(code, reason);
    try {
      await this.#client.close({ code, reason });
    } catch {
      // The socket broke while it was closing: it is gone in any case.
    } finally {
      clearTimeout(impatience);
    }
  }

  /** Cuts the TCP connection without a WebSocket close. */
  drop(): void {
    const wasNew = this.#state === 'new';
    this.#gone(1006, 'dropped');
    if (wasNew) void this.#client.close({ force: true }).catch(() => undefined);
    else this.#client.socket?.terminate();
  }

  /**
   * Goes silent as a station without power does: the TCP connection stays, but nothing is read, answered or sent. {@link drop} later
   * frees it.
   */
  vanish(): void {
    this.#client.socket?.pause();
    this.setPingInterval(0);
    this.#gone(1006, 'vanished');
  }

  /** @param seconds real seconds between our pings from now on; 0 is none */
  setPingInterval(seconds: number): void {
    this.#client.reconfigure({ identity: this.#options.identity, pingIntervalMs: seconds * 1000 } as ClientOptions);
  }

  #enqueue(action: string, payload: object, fault: CallFault | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen || this.#waiting.length >= MAX_WAITING_CALLS) {
        reject(connectionLost({ action }));
        return;
      }
      this.#waiting.push({ action, payload, fault, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const call = this.#waiting.shift();
    if (call === undefined) return;
    this.#current = call;
    this.#send(call).then(
      (response) => {
        this.#finish(call);
        call.resolve(response);
      },
      (error: unknown) => {
        this.#finish(call);
        call.reject(classify(call.action, error));
      },
    );
  }

  #finish(call: Call): void {
    if (this.#current !== call) return;
    this.#current = undefined;
    this.#next();
  }

  async #send({ action, payload, fault }: Call): Promise<unknown> {
    if (fault === undefined) return await this.#client.call(action, payload);
    switch (fault.kind) {
      case 'drop-before-answer': {
        // Reading stops first, so that even an answer that is already on its way stays unread.
        this.#client.socket?.pause();
        const answer = this.#client.call(action, payload);
        setImmediate(() => this.drop());
        return await answer;
      }
      case 'repeat': {
        const response = await this.#client.call(action, payload);
        for (let left = fault.repetitions ?? 1; left > 0; left -= 1) await this.#client.call(action, payload);
        return response;
      }
      case 'malformed-json':
        this.#client.sendRaw(JSON.stringify([2, randomUUID(), action, payload]).slice(0, -2));
        return await this.#client.call(action, payload);
      default:
        return await this.#callPastTheLibrary(action, spoilPayload(payload, fault));
    }
  }

  /** Sends a CALL that the strict library would refuse to send. */
  #callPastTheLibrary(action: string, payload: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const messageId = randomUUID();
      const timeout = setTimeout(() => {
        this.#rawAnswer = undefined;
        reject(callTimedOut({ action }));
      }, this.#options.callTimeoutMs);
      this.#rawAnswer = {
        messageId,
        settle: (frame) => {
          clearTimeout(timeout);
          this.#rawAnswer = undefined;
          if (frame[0] === 3) resolve(frame[2]);
          else if (frame[0] === 4)
            reject(callRefused({ action, code: String(frame[2]), description: String(frame[3]) }));
          else reject(connectionLost({ action }));
        },
      };
      this.#client.sendRaw(JSON.stringify([2, messageId, action, payload]));
    });
  }

  #matchRawAnswer(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (Array.isArray(frame) && frame[1] === this.#rawAnswer?.messageId && frame[0] !== 2)
      this.#rawAnswer?.settle(frame);
  }

  async #handle(action: string, payload: object): Promise<Record<string, unknown>> {
    const outcome = await this.#options.onCommand(action, payload);
    if (outcome === undefined) return NOREPLY as unknown as Record<string, unknown>;
    const { response, afterwards } = outcome;
    // The library sends within this turn of the event loop; what follows from the command comes after its answer.
    if (afterwards !== undefined) setImmediate(afterwards);
    return response as Record<string, unknown>;
  }

  #gone(code: number, reason: string): void {
    if (this.#state === 'gone') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'gone';
    const lost = this.#current === undefined ? this.#waiting : [this.#current, ...this.#waiting];
    this.#waiting = [];
    this.#current = undefined;
    this.#rawAnswer?.settle([]);
    for (const call of lost) call.reject(connectionLost({ action: call.action }));
    if (wasOpen) this.#options.onClosed(code, reason);
  }
}

/** An error that the station answers a command with, as CALLERROR. */
export function commandError(code: string, description: string): Error {
  return createRPCError(code, description) as unknown as Error;
}

function classify(action: string, error: unknown): VoltpileError {
  if (callRefused.is(error) || callTimedOut.is(error) || connectionLost.is(error)) return error;
  const { rpcErrorCode, name, message } = error as { rpcErrorCode?: string; name?: string; message?: string };
  if (rpcErrorCode !== undefined) return callRefused({ action, code: rpcErrorCode, description: message ?? '' }, error);
  if (name === 'TimeoutError' || message === 'Call timeout') return callTimedOut({ action }, error);
  return connectionLost({ action }, error);
}
