import { toVoltpileError, type VoltpileError } from '@voltpile/kernel/errors';

/** What is known of a method that is served here. */
export interface MethodStats {
  readonly calls: number;
  /** Calls of a second, over the last minute. */
  readonly perSecond: number;
  readonly failures: number;
  /** Over the last minute, too. */
  readonly failuresPerSecond: number;
  /** Of the last thousand calls. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastErrors: readonly { readonly at: string; readonly code: string; readonly message: string }[];
}

interface Counted {
  calls: number;
  failures: number;
  /** A ring of the last durations. */
  readonly durations: number[];
  readonly lastErrors: { at: string; code: string; message: string }[];
  /** Calls in each second of the last minute. */
  readonly seconds: Uint32Array;
  readonly failedSeconds: Uint32Array;
  second: number;
}

const KEPT_DURATIONS = 1000;
const KEPT_ERRORS = 5;
const WINDOW_SECONDS = 60;

/** Counts what methods do, for the registry. */
export class StatsBook {
  readonly #methods = new Map<string, Counted>();

  note(subject: string, durationMs: number, failure: VoltpileError | undefined): void {
    const counted = this.#methods.get(subject) ?? newCount();
    this.#methods.set(subject, counted);
    counted.durations[counted.calls % KEPT_DURATIONS] = durationMs;
    counted.calls += 1;
    advance(counted);
    const slot = counted.second % WINDOW_SECONDS;
    counted.seconds[slot] = (counted.seconds[slot] ?? 0) + 1;
    // Refusals are answers; what is away or broken is a failure.
    if (failure === undefined || (failure.kind !== 'Unavailable' && failure.kind !== 'Internal')) return;
    counted.failures += 1;
    counted.failedSeconds[slot] = (counted.failedSeconds[slot] ?? 0) + 1;
    counted.lastErrors.push({
      at: new Date().toISOString(),
      code: failure.code,
      message: failure.message.slice(0, 200),
    });
    if (counted.lastErrors.length > KEPT_ERRORS) counted.lastErrors.shift();
  }

  /** Counts a call within the process, which nobody else would count. */
  async measure<T>(subject: string, call: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      const answer = await call();
      this.note(subject, performance.now() - began, undefined);
      return answer;
    } catch (error) {
      this.note(subject, performance.now() - began, toVoltpileError(error));
      throw error;
    }
  }

  /** null: it was never called */
  of(subject: string): MethodStats | null {
    const counted = this.#methods.get(subject);
    if (counted === undefined) return null;
    advance(counted);
    const sorted = Float64Array.from(counted.durations).sort();
    const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
    return {
      calls: counted.calls,
      perSecond: perSecond(counted.seconds),
      failures: counted.failures,
      failuresPerSecond: perSecond(counted.failedSeconds),
      p50Ms: rounded(at(0.5)),
      p99Ms: rounded(at(0.99)),
      lastErrors: [...counted.lastErrors],
    };
  }
}

function newCount(): Counted {
  return {
    calls: 0,
    failures: 0,
    durations: [],
    lastErrors: [],
    seconds: new Uint32Array(WINDOW_SECONDS),
    failedSeconds: new Uint32Array(WINDOW_SECONDS),
    second: nowInSeconds(),
  };
}

/** Empties the seconds that have gone by. */
function advance(counted: Counted): void {
  const now = nowInSeconds();
  for (let second = Math.max(counted.second + 1, now - WINDOW_SECONDS + 1); second <= now; second++) {
    counted.seconds[second % WINDOW_SECONDS] = 0;
    counted.failedSeconds[second % WINDOW_SECONDS] = 0;
  }
  counted.second = now;
}

function perSecond(seconds: Uint32Array): number {
  return seconds.reduce((sum, count) => sum + count, 0) / WINDOW_SECONDS;
}

function nowInSeconds(): number {
  return Math.floor(performance.now() / 1000);
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
