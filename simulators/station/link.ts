import type { Random } from '../random.ts';
import type { TimerGroup, VirtualTime } from '../virtual-time.ts';
import type { ReconnectPolicy } from './station-options.ts';

/** Called once when an open connection has gone, whoever ended it. */
export type OnClosed = (code: number, reason: string) => void;

/** Why a connection is cut: the network is bad, or this station is without power (others on the same line are not). */
export type CutCause = 'network' | 'power';

/** One connection, whatever is spoken over it. It does not reconnect: {@link Link} does. */
export interface LinkedWire {
  readonly isOpen: boolean;
  /** @throws an error whose `code` is told beside its message */
  open(): Promise<void>;
  /** Cuts it without a word. */
  drop(cause: CutCause): void;
  /** Goes silent as a station without power does; {@link drop} later frees it. */
  vanish(): void;
  /** Closes politely. */
  close(code: number, reason: string): Promise<void>;
}

/** What a link needs of its station, and tells it. */
export interface LinkHost<W extends LinkedWire> {
  readonly time: VirtualTime;
  readonly timers: TimerGroup;
  readonly noise: Random;
  readonly isPoweredOn: boolean;
  /** A connection that is not open yet. */
  makeWire(onClosed: OnClosed): W;
  connected(): void;
  disconnected(code: number, reason: string): void;
  /** @param retryInSeconds null: every attempt of the policy has failed */
  connectFailed(reason: string, retryInSeconds: number | null, attempts: number): void;
}

/** Keeps a station connected: one wire after the other, by the reconnect policy, in simulated time. */
export class Link<W extends LinkedWire = LinkedWire> {
  readonly #host: LinkHost<W>;
  readonly #policy: ReconnectPolicy;
  #wire: W | undefined;
  #isWanted = true;
  #attempts = 0;
  /** Sockets that were left behind without power; freed later. */
  readonly #frozen = new Set<W>();

  constructor(host: LinkHost<W>, policy: ReconnectPolicy) {
    this.#host = host;
    this.#policy = policy;
  }

  /** The connection is open. */
  get isOpen(): boolean {
    return this.#wire?.isOpen === true;
  }

  /** The present connection, open or being opened. */
  get wire(): W | undefined {
    return this.#wire;
  }

  /** Connects, unless it is connected, not wanted or without power. */
  connect(options: { readonly anew?: boolean } = {}): void {
    if (options.anew === true) this.#attempts = 0;
    if (!this.#host.isPoweredOn || !this.#isWanted || this.#wire !== undefined) return;
    const wire: W = this.#host.makeWire((code, reason) => {
      if (this.#wire !== wire) return;
      this.#wire = undefined;
      this.#host.disconnected(code, reason);
      this.#attempts += 1;
      this.#retry();
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

  /** Only an answer shows that the connection is any good: a server that accepts and closes must not be stormed. */
  answered(): void {
    this.#attempts = 0;
  }

  /** Cuts the socket as a bad network does; reconnects by the policy. */
  drop(): void {
    this.#wire?.drop('network');
  }

  /** Cuts the socket and leaves it. @returns whether there was one */
  cut(cause: CutCause): boolean {
    const wire = this.#detach();
    wire?.drop(cause);
    return wire !== undefined;
  }

  /** Leaves the socket open but dead, as a power cut does. */
  freeze(): void {
    const wire = this.#detach();
    if (wire?.isOpen === true) {
      wire.vanish();
      this.#frozen.add(wire);
    } else {
      wire?.drop('power');
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
    for (const frozen of this.#frozen) frozen.drop('power');
    this.#frozen.clear();
    await this.#detach()?.close(1000, 'Stopped');
  }

  #detach(): W | undefined {
    const wire = this.#wire;
    this.#wire = undefined;
    return wire;
  }

  #opened(wire: W): void {
    if (this.#wire === wire) this.#host.connected();
    else wire.drop('power');
  }

  #failed(wire: W, error: Error): void {
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
