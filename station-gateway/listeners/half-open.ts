import type { Socket } from 'node:net';
import { plainAddress } from './remote-address.ts';

interface HalfOpenSocket {
  readonly socket: Socket;
  readonly address: string;
  readonly since: number;
  /** Its request is complete and being decided: no longer up for eviction. */
  deciding: boolean;
}

export interface HalfOpenLimits {
  readonly total: number;
  readonly perAddress: number;
  readonly timeoutMs: number;
  /** Addresses that speak for many stations (trusted proxies) have no limit of their own. */
  readonly exempt: (address: string) => boolean;
  readonly onDropped: (why: 'evicted' | 'timeout') => void;
}

/**
 * The sockets that have not logged in yet. When there are too many, in all or from one address, the oldest waiting one makes room:
 * those who hold sockets open lose them, and a station that sends its request at once is served. All of them end at the timeout.
 *
 * Entries are found by the peer's address and port, because a TLS socket does not tell which TCP socket it wraps.
 */
export class HalfOpenSockets {
  readonly #limits: HalfOpenLimits;
  readonly #entries = new Map<string, HalfOpenSocket>();
  readonly #byAddress = new Map<string, Set<string>>();
  #timer: NodeJS.Timeout | undefined;
  /** The address is gone once a socket is closed, so its key is kept on the side. */
  readonly #keys = new WeakMap<Socket, string>();
  readonly #onClose: (this: Socket) => void;

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
    const forget = (socket: Socket): void => {
      const key = this.#keys.get(socket);
      if (key !== undefined) this.#remove(key);
    };
    this.#onClose = function onClose(this: Socket) {
      forget(this);
    };
  }

  /** Begins to watch for timeouts. */
  start(): void {
    this.#timer ??= setInterval(() => this.#sweep(performance.now()), Math.min(1000, this.#limits.timeoutMs / 2));
    this.#timer.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A TCP connection came in. */
  add(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress);
    if (address === '') {
      socket.destroy();
      return;
    }
    const ofAddress = this.#byAddress.get(address);
    if (ofAddress !== undefined && ofAddress.size >= this.#limits.perAddress && !this.#limits.exempt(address)) {
      this.#evictOldest(ofAddress);
    } else if (this.#entries.size >= this.#limits.total) {
      this.#evictOldest(this.#entries.keys());
    }
    const key = `${address}|${socket.remotePort}`;
    this.#entries.set(key, { socket, address, since: performance.now(), deciding: false });
    this.#keys.set(socket, key);
    const keys = this.#byAddress.get(address);
    if (keys === undefined) this.#byAddress.set(address, new Set([key]));
    else keys.add(key);
    socket.on('close', this.#onClose);
  }

  /** Its upgrade request is complete. Takes the TCP or the TLS socket. */
  deciding(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): void {
    const entry = this.#entries.get(`${plainAddress(socket.remoteAddress)}|${socket.remotePort}`);
    if (entry !== undefined) entry.deciding = true;
  }

  /** It has logged in. */
  loggedIn(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): void {
    this.#remove(`${plainAddress(socket.remoteAddress)}|${socket.remotePort}`);
  }

  /** Ends all of them and the watch. */
  stop(): void {
    clearInterval(this.#timer);
    for (const entry of this.#entries.values()) entry.socket.destroy();
  }

  #evictOldest(keys: Iterable<string>): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined || entry.deciding) continue;
      this.#drop(key, entry, 'evicted');
      return;
    }
  }

  #sweep(now: number): void {
    // In order of arrival: the first young one ends the walk.
    for (const [key, entry] of this.#entries) {
      if (now - entry.since < this.#limits.timeoutMs) return;
      this.#drop(key, entry, 'timeout');
    }
  }

  #drop(key: string, entry: HalfOpenSocket, why: 'evicted' | 'timeout'): void {
    this.#remove(key);
    entry.socket.destroy();
    this.#limits.onDropped(why);
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.socket.off('close', this.#onClose);
    this.#keys.delete(entry.socket);
    this.#entries.delete(key);
    const keys = this.#byAddress.get(entry.address);
    keys?.delete(key);
    if (keys?.size === 0) this.#byAddress.delete(entry.address);
  }
}
