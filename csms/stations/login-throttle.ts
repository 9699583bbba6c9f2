import type { Clock } from '@voltpile/kernel/clock';

export interface LoginThrottleOptions {
  /** Wrong passwords of one identity from one address before it has to wait. */
  readonly perIdentityAndAddress: number;
  /** Wrong passwords from one address, whatever the identities. Several stations may share an address. */
  readonly perAddress: number;
  /** Wrong passwords further apart than this are not counted together. */
  readonly windowMs: number;
  readonly coolDownMs: number;
  /** Entries in memory at the most; the oldest go first. */
  readonly maxEntries: number;
}

const DEFAULTS: LoginThrottleOptions = {
  perIdentityAndAddress: 5,
  perAddress: 100,
  windowMs: 5 * 60_000,
  coolDownMs: 60_000,
  maxEntries: 50_000,
};

interface Entry {
  wrong: number;
  since: number;
  blockedUntil: number;
}

/**
 * Makes guessing slow. After too many wrong passwords an identity from that address, or the whole address, is refused even with the right
 * one until it has cooled down. Somebody who guesses from elsewhere cannot lock a station out.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #options: LoginThrottleOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, options: Partial<LoginThrottleOptions> = {}) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Milliseconds until this caller may try again; 0: now. */
  waitMs(identity: string, address: string): number {
    const now = this.#clock.now();
    let until = now as number;
    for (const key of keysOf(identity, address)) until = Math.max(until, this.#entries.get(key)?.blockedUntil ?? 0);
    return until - now;
  }

  /** A wrong password was presented. Attempts that are refused for waiting are not told here: they do not prolong the wait. */
  failed(identity: string, address: string): void {
    const [pair, whole] = keysOf(identity, address);
    this.#count(pair, this.#options.perIdentityAndAddress);
    this.#count(whole, this.#options.perAddress);
  }

  /** The right password was presented. */
  succeeded(identity: string, address: string): void {
    this.#entries.delete(keysOf(identity, address)[0]);
  }

  #count(key: string, limit: number): void {
    const now = this.#clock.now();
    const { windowMs, coolDownMs, maxEntries } = this.#options;
    let entry = this.#entries.get(key);
    if (entry === undefined || now - entry.since > windowMs) entry = { wrong: 0, since: now, blockedUntil: 0 };
    entry.wrong += 1;
    if (entry.wrong >= limit) {
      entry.wrong = 0;
      entry.since = now;
      entry.blockedUntil = now + coolDownMs;
    }
    // The map keeps the order of the last failures: what has failed longest ago is dropped first.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { since, blockedUntil }] of this.#entries) {
      const expired = now - since > windowMs && blockedUntil <= now;
      if (!expired && this.#entries.size <= maxEntries) break;
      this.#entries.delete(oldest);
    }
  }
}

function keysOf(identity: string, address: string): [string, string] {
  const network = networkOf(address);
  return [`${network} ${identity}`, network];
}

/** An IPv6 subscriber has a whole /64 to come from; an IPv4 address may be written as IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] as string;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')];
  return `${full
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
