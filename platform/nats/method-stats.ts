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

const KEPT_DURATIONS = 1000;
const KEPT_ERRORS = 5;
const WINDOW_SECONDS = 60;

/** Counts what methods do, for the registry. */
export class StatsBook {
  readonly #meters = new Map<string, MethodMeter>();

  /** Of one method, for whoever counts its calls. */
  meter(subject: string): MethodMeter {
    const known = this.#meters.get(subject);
    if (known !== undefined) return known;
    const meter = new MethodMeter();
    this.#meters.set(subject, meter);
    return meter;
  }

  /** null: it was never called */
  of(subject: string): MethodStats | null {
    return this.#meters.get(subject)?.read() ?? null;
  }
}

/** Counts the calls of one method. It is in the way of every call within a process: it makes nothing, and looks at the time twice. */
export class MethodMeter {
  #calls = 0;
  #failures = 0;
  /** A ring of the last durations. Grows with the calls: most methods are called a few times. */
  readonly #durations: number[] = [];
  readonly #lastErrors: { at: string; code: string; message: string }[] = [];
  /** Calls in each second of the last minute. */
  readonly #seconds = new Uint32Array(WINDOW_SECONDS);
  readonly #failedSeconds = new Uint32Array(WINDOW_SECONDS);
  #second = secondOf(performance.now());

  /** Makes a call and counts it. */
  measure<T>(call: () => Promise<T>): Promise<T> {
    const beganMs = performance.now();
    return call().then(
      (answer) => {
        this.note(beganMs, undefined);
        return answer;
      },
      (error: unknown) => {
        this.note(beganMs, toVoltpileError(error));
        throw error;
      },
    );
  }

  /**
   * A call is over.
   *
   * @param beganMs by `performance.now()`
   */
  note(beganMs: number, failure: VoltpileError | undefined): void {
    const nowMs = performance.now();
    this.#durations[this.#calls % KEPT_DURATIONS] = nowMs - beganMs;
    this.#calls += 1;
    this.#advance(secondOf(nowMs));
    const slot = this.#second % WINDOW_SECONDS;
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + 1;
    // Refusals are answers; what is away or broken is a failure.
    if (failure === undefined || (failure.kind !== 'Unavailable' && failure.kind !== 'Internal')) return;
    this.#failures += 1;
    this.#failedSeconds[slot] = (this.#failedSeconds[slot] ?? 0) + 1;
    this.#lastErrors.push({
      at: new Date().toISOString(),
      code: failure.code,
      message: failure.message.slice(0, 200),
    });
    if (this.#lastErrors.length > KEPT_ERRORS) this.#lastErrors.shift();
  }

  /** null: it was never called */
  read(): MethodStats | null {
    if (this.#calls === 0) return null;
    this.#advance(secondOf(performance.now()));
    const sorted = Float64Array.from(this.#durations).sort();
    const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
    return {
      calls: this.#calls,
      perSecond: perSecond(this.#seconds),
      failures: this.#failures,
      failuresPerSecond: perSecond(this.#failedSeconds),
      p50Ms: rounded(at(0.5)),
      p99Ms: rounded(at(0.99)),
      lastErrors: [...this.#lastErrors],
    };
  }

  /** Empties the seconds that have gone by. */
  #advance(now: number): void {
    if (now === this.#second) return;
    for (let second = Math.max(this.#second + 1, now - WINDOW_SECONDS + 1); second <= now; second++) {
      this.#seconds[second % WINDOW_SECONDS] = 0;
      this.#failedSeconds[second % WINDOW_SECONDS] = 0;
    }
    this.#second = now;
  }
}

function perSecond(seconds: Uint32Array): number {
  return seconds.reduce((sum, count) => sum + count, 0) / WINDOW_SECONDS;
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
