import { setTimeout as sleep } from 'node:timers/promises';
import { defineError, toVoltpileError, VoltpileError } from '@voltpile/kernel/errors';
import { DEFAULT_TIMEOUT_MS, type MethodPolicy } from '@voltpile/kernel/port-contract';
import CircuitBreaker from 'opossum';
import { Bulkhead, callerGone } from './bulkhead.ts';
import { currentCaller } from './caller.ts';
import type { RetryBudget } from './retry-budget.ts';

export const breakerOpen = defineError(
  'port.breaker_open',
  'Unavailable',
  '{method} has failed too often; it is tried again in a moment.',
);

export interface GuardOptions {
  readonly policy: MethodPolicy;
  /** Shared by all methods of a service. */
  readonly budget: RetryBudget;
  /** Whether the call was given up for lack of an answer. */
  readonly isTimeout?: (error: VoltpileError) => boolean;
  /** Of a breaker that has opened, until one call is let through (default 2 s). */
  readonly resetMs?: number;
  /** 0 ≤ x < 1; for tests. */
  readonly random?: () => number;
}

export interface GuardState {
  readonly breaker: 'closed' | 'open' | 'half-open';
  readonly running: number;
  readonly waiting: number;
  /** Of the last ten seconds. */
  readonly recent: {
    readonly calls: number;
    readonly failures: number;
    readonly rejected: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
}

const CONCURRENCY = 256;
const QUEUE = 1024;
const RETRIES = 2;
const FIRST_RETRY_MS = 50;
/** Of the time that is left, for one that may be tried again: whoever was asked may have died with the answer. */
const FIRST_SHARE = 0.4;
const WINDOW_MS = 10_000;
/** Of the calls in the window, in per cent; and how many there must be for that to mean anything. */
const FAILED_PERCENT = 50;
const VOLUME = 20;
/** In a row: where few calls are made, {@link VOLUME} is never reached, and each of them would wait to its end. */
const TIMEOUTS_IN_A_ROW = 5;
const RESET_MS = 2000;

/**
 * One method of a service as it is called from here: a bulkhead around retries around a circuit breaker around the call, whose time is limited inside
 * the breaker, so that being slow counts as failing. Only what says that the service is away or overloaded counts: an answer that refuses is an answer.
 */
export class CallGuard {
  readonly #method: string;
  readonly #options: GuardOptions;
  readonly #bulkhead: Bulkhead;
  readonly #breaker: CircuitBreaker<[() => Promise<unknown>], unknown>;
  #timeouts = 0;

  constructor(method: string, options: GuardOptions) {
    const { concurrency = CONCURRENCY, queue = QUEUE } = options.policy;
    this.#method = method;
    this.#options = options;
    this.#bulkhead = new Bulkhead(method, concurrency, queue);
    this.#breaker = new CircuitBreaker<[() => Promise<unknown>], unknown>((call) => call(), {
      name: method,
      timeout: false,
      errorThresholdPercentage: FAILED_PERCENT,
      volumeThreshold: VOLUME,
      rollingCountTimeout: WINDOW_MS,
      rollingCountBuckets: 10,
      resetTimeout: options.resetMs ?? RESET_MS,
      errorFilter: (error: unknown) => !isServiceFailure(error),
    });
  }

  /**
   * @param call makes the call and gives up after that time
   * @param args of the call: its time may depend on them
   * @throws what the call throws; Unavailable `port.breaker_open`, `port.too_many_waiting`, `port.not_begun`, `port.caller_gone`
   */
  async run<T>(call: (timeoutMs: number) => Promise<T>, args: readonly unknown[] = []): Promise<T> {
    const { timeoutMs: limit = DEFAULT_TIMEOUT_MS, isIdempotent = false, importance } = this.#options.policy;
    const timeoutMs = typeof limit === 'number' ? limit : limit(...args);
    const until = performance.now() + timeoutMs;
    // Whoever wants something done wants it done though the line breaks.
    const gone = importance === 'read' ? currentCaller() : undefined;
    return this.#bulkhead.run(
      async () => {
        this.#options.budget.note();
        for (let attempt = 0; ; attempt++) {
          try {
            const leftMs = until - performance.now();
            const isLast = !isIdempotent || attempt === RETRIES;
            return await this.#once(() => call(Math.max(isLast ? leftMs : leftMs * FIRST_SHARE, 1)));
          } catch (error) {
            const pauseMs = this.#pauseAfter(attempt);
            const mayTry = isIdempotent && attempt < RETRIES && isServiceFailure(error) && !breakerOpen.is(error);
            if (!mayTry || performance.now() + pauseMs >= until || !this.#options.budget.take()) throw error;
            await sleep(pauseMs);
            if (gone?.aborted === true) throw callerGone({ method: this.#method }, error);
          }
        }
      },
      { timeoutMs, gone },
    );
  }

  state(): GuardState {
    const { fires, failures, rejects, percentiles } = this.#breaker.stats;
    return {
      breaker: this.#breaker.opened ? 'open' : this.#breaker.halfOpen ? 'half-open' : 'closed',
      running: this.#bulkhead.running,
      waiting: this.#bulkhead.waiting,
      recent: {
        calls: fires,
        failures,
        rejected: rejects,
        p50Ms: percentiles[0.5] ?? 0,
        p99Ms: percentiles[0.99] ?? 0,
      },
    };
  }

  /** Lets go of its timers. */
  close(): void {
    this.#breaker.shutdown();
  }

  async #once<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = (await this.#breaker.fire(call)) as T;
      this.#timeouts = 0;
      return answer;
    } catch (error) {
      if (error instanceof VoltpileError) {
        this.#count(error);
        throw error;
      }
      // opossum's own: the breaker is open, or was shut down.
      if (CircuitBreaker.isOurError(error as Error)) throw breakerOpen({ method: this.#method }, error);
      throw toVoltpileError(error);
    }
  }

  #count(error: VoltpileError): void {
    this.#timeouts = this.#options.isTimeout?.(error) === true ? this.#timeouts + 1 : 0;
    if (this.#timeouts < TIMEOUTS_IN_A_ROW) return;
    this.#timeouts = 0;
    if (!this.#breaker.opened) this.#breaker.open();
  }

  #pauseAfter(attempt: number): number {
    const { random = Math.random } = this.#options;
    return FIRST_RETRY_MS * 2 ** attempt * (0.5 + random());
  }
}

/** The service is away, too slow or overloaded, or what it stands on is. */
function isServiceFailure(error: unknown): boolean {
  return error instanceof VoltpileError && error.kind === 'Unavailable';
}
