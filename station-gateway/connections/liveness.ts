/** What the watch knows of one connection. Times are milliseconds of the watch's own clock. */
export interface LivenessState {
  /** When something was last heard: a message, a ping or a pong. */
  readonly heardAt: number;
  readonly pingedAt: number;
  /** Whether it ever answered a ping. Some firmware never does. */
  readonly pongs: boolean;
  /** What the station was told, seconds. */
  readonly heartbeatSeconds: number;
}

export interface LivenessLimits {
  readonly pingIntervalMs: number;
  readonly idleTimeoutMs: number;
}

/** Allowance for a heartbeat that is late. */
const HEARTBEAT_SLACK_MS = 15_000;

/** How long a station may be silent, milliseconds. One that never answers pings is given two heartbeats. */
export function silenceAllowedMs(state: LivenessState, limits: LivenessLimits): number {
  if (state.pongs) return limits.idleTimeoutMs;
  return Math.max(limits.idleTimeoutMs, 2 * state.heartbeatSeconds * 1000 + HEARTBEAT_SLACK_MS);
}

/**
 * What to do about a connection now. Anything heard puts the next ping off, so a busy station is never pinged; death does not
 * depend on a pong having been missed but on silence.
 */
export function checkLiveness(state: LivenessState, now: number, limits: LivenessLimits): 'fine' | 'ping' | 'dead' {
  const silence = now - state.heardAt;
  if (silence < limits.pingIntervalMs) return 'fine';
  if (silence >= silenceAllowedMs(state, limits)) return 'dead';
  return now - state.pingedAt >= limits.pingIntervalMs ? 'ping' : 'fine';
}

/** Something that wants to be looked at now and then. */
export interface Watched {
  tick(now: number): void;
}

/**
 * One timer for all connections: every tick each of them is looked at. Its clock is monotonic and does not run while the process is
 * stopped (a suspended machine must not find every station dead when it wakes).
 */
export class LivenessWatch {
  readonly #tickMs: number;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #lastReal = performance.now();
  #now = 1;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /** The watch's clock as of the last tick, whole milliseconds: costs nothing to read. */
  get now(): number {
    return this.#now;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#lastReal = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  #tick(): void {
    const real = performance.now();
    this.#now += Math.round(Math.min(real - this.#lastReal, this.#tickMs * 5));
    this.#lastReal = real;
    for (const watched of this.#watched) watched.tick(this.#now);
  }
}

/** How often to look: five times within the shortest interval, at most once a second. */
export function tickMsFor(limits: LivenessLimits): number {
  return Math.max(10, Math.min(1000, limits.pingIntervalMs / 5));
}
