import type { Random } from '../random.ts';
import type { TimerGroup, VirtualTime } from '../virtual-time.ts';
import { connectionLost } from './errors.ts';
import type { ReconnectPolicy } from './station-options.ts';
import { Wire, type WireOptions } from './wire.ts';

/** What a link needs of its station, and tells it. */
export interface LinkHost {
  readonly time: VirtualTime;
  readonly timers: TimerGroup;
  readonly noise: Random;
  readonly isPoweredOn: boolean;
  wireOptions(): Omit<WireOptions, 'onClosed'>;
  connected(): void;
  disconnected(code: number, reason: string): void;
  /** @param retryInSeconds null: every attempt of the policy has failed */
  connectFailed(reason: string, retryInSeconds: number | null, attempts: number): void;
}

/** Keeps a station connected: one {@link Wire} after the other, by the reconnect policy, in simulated time. */
export class Link {
  readonly #host: LinkHost;
  readonly #policy: ReconnectPolicy;
  #wire: Wire | undefined;
  #isWanted = true;
  #attempts = 0;
  /** Sockets that were left behind without power; freed later. */
  readonly #frozen = new Set<Wire>();

  constructor(host: LinkHost, policy: ReconnectPolicy) {
    this.#host = host;
    this.#policy = policy;
  }

  /** The WebSocket is open. */
  get isOpen(): boolean {
    return this.#wire?.isOpen === true;
  }

  /** Stands for the present connection: another one is not equal. */
  get present(): object | undefined {
    return this.#wire;
  }

  /** Connects, unless it is connected, not wanted or without power. */
  connect(options: { readonly anew?: boolean } = {}): void {
    if (options.anew === true) this.#attempts = 0;
    if (!this.#host.isPoweredOn || !this.#isWanted || this.#wire !== undefined) return;
    const wire: Wire = new Wire({
      ...this.#host.wireOptions(),
      onClosed: (code, reason) => {
        if (this.#wire !== wire) return;
        this.#wire = undefined;
        this.#host.disconnected(code, reason);
        this.#attempts += 1;
        this.#retry();
      },
    });
    this.#wire = wire;
    const release = this.#host.time.hold();
    wire
      .open()
      .then(
        () => this.#opened(wire),
        (error: unknown) => this.#failed(wire, error as Error),
      )
      .finally(release);
  }

  /** The network is away, or back. */
  want(isWanted: boolean): void {
    this.#isWanted = isWanted;
  }

  /** @throws connectionLost, callTimedOut, callRefused */
  async call(action: string, payload: object): Promise<unknown> {
    if (this.#wire?.isOpen !== true) throw connectionLost({ action });
    const response = await this.#wire.call(action, payload);
    // Only an answer shows that the connection is any good: a server that accepts and closes must not be stormed.
    this.#attempts = 0;
    return response;
  }

  sendText(text: string): void {
    this.#wire?.sendText(text);
  }

  setPingInterval(seconds: number): void {
    this.#wire?.setPingInterval(seconds);
  }

  /** Cuts the socket as a bad network does; reconnects by the policy. */
  drop(): void {
    this.#wire?.drop();
  }

  /** Cuts the socket and leaves it. @returns whether there was one */
  cut(): boolean {
    const wire = this.#detach();
    wire?.drop();
    return wire !== undefined;
  }

  /** Leaves the socket open but dead, as a power cut does. */
  freeze(): void {
    const wire = this.#detach();
    if (wire?.isOpen === true) {
      wire.vanish();
      this.#frozen.add(wire);
    } else {
      wire?.drop();
    }
  }

  /** Closes the socket politely and leaves it. */
  async close(reason: string): Promise<void> {
    const wire = this.#detach();
    if (wire === undefined) return;
    const release = this.#host.time.hold();
    try {
      await wire.close(1000, reason);
    } finally {
      release();
    }
  }

  /** Frees every socket. */
  async end(): Promise<void> {
    for (const frozen of this.#frozen) frozen.drop();
    this.#frozen.clear();
    await this.#detach()?.close(1000, 'Stopped');
  }

  #detach(): Wire | undefined {
    const wire = this.#wire;
    this.#wire = undefined;
    return wire;
  }

  #opened(wire: Wire): void {
    if (this.#wire === wire) this.#host.connected();
    else wire.drop();
  }

  #failed(wire: Wire, error: Error): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#attempts += 1;
    // No secrets in here: the library's errors tell status and address only.
    const status = (error as { code?: unknown }).code;
    this.#retry([status, error.message].filter((part) => part !== undefined && part !== '').join(' '));
  }

  /** @param reason why the last attempt has failed; undefined when an open connection was lost */
  #retry(reason?: string): void {
    const { firstSeconds, factor, maxSeconds, jitter, maxAttempts } = this.#policy;
    if (!this.#host.isPoweredOn || !this.#isWanted) return;
    if (reason !== undefined && this.#attempts >= maxAttempts) {
      this.#host.connectFailed(reason, null, this.#attempts);
      return;
    }
    const exponent = Math.max(0, this.#attempts - 1);
    const wait = Math.min(maxSeconds, firstSeconds * factor ** exponent) * (1 - jitter * this.#host.noise.next());
    if (reason !== undefined) this.#host.connectFailed(reason, wait, this.#attempts);
    this.#host.timers.after(wait * 1000, () => this.connect());
  }
}
