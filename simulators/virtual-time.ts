import type { Clock, Instant } from '@voltpile/kernel/clock';

/** A planned call that can be taken back. Cancelling one that has run or was cancelled does nothing. */
export interface Timer {
  cancel(): void;
}

interface Entry {
  at: number;
  readonly order: number;
  readonly run: () => void;
  /** Place in the heap; -1 once removed. */
  index: number;
}

const MAX_REAL_DELAY_MS = 3_600_000;

type Mode =
  | { readonly kind: 'stepped' }
  | {
      readonly kind: 'flowing';
      readonly speed: number;
      readonly start: number;
      readonly realStart: number;
      /** Simulated time never overtakes real time; once level with it, it runs at its pace. */
      readonly neverAhead: boolean;
    };

/**
 * The time that simulated stations live in. One object serves a whole fleet.
 *
 * *Flowing* time runs `speed` times as fast as real time, by default never past the present, so that stations speak of the past and
 * not of the future. *Stepped* time stands still until {@link advance} moves it from timer to timer, waiting after each one until
 * everybody who holds it ({@link hold}) has let go: a whole day passes in milliseconds, in an order that is always the same.
 */
export class VirtualTime implements Clock {
  readonly #mode: Mode;
  #steppedNow: number;
  #heap: Entry[] = [];
  #order = 0;
  #holds = 0;
  #waiters: (() => void)[] = [];
  #realTimer: ReturnType<typeof setTimeout> | undefined;
  #realTimerDue = Number.POSITIVE_INFINITY;
  #closed = false;

  private constructor(mode: Mode, start: number) {
    this.#mode = mode;
    this.#steppedNow = start;
  }

  /** Time that moves only when told. @param start epoch milliseconds or RFC 3339 text */
  static stepped(start: number | string = Date.now()): VirtualTime {
    const at = typeof start === 'number' ? start : Date.parse(start);
    if (!Number.isFinite(at)) throw new RangeError(`Not a point in time: ${start}`);
    return new VirtualTime({ kind: 'stepped' }, Math.floor(at));
  }

  /** Real time. */
  static real(): VirtualTime {
    return VirtualTime.flowing({ speed: 1 });
  }

  /**
   * Time that flows by itself.
   *
   * @param options.speed simulated seconds in a real second, > 0
   * @param options.start epoch milliseconds at which simulated time begins (now)
   * @param options.neverAhead hold simulated time back at the present once it has caught up (true)
   */
  static flowing(options: { speed: number; start?: number; neverAhead?: boolean }): VirtualTime {
    const { speed, neverAhead = true } = options;
    if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`The speed must be above 0, not ${speed}`);
    const realStart = Date.now();
    const start = Math.floor(options.start ?? realStart);
    return new VirtualTime({ kind: 'flowing', speed, start, realStart, neverAhead }, start);
  }

  /** Flowing time that begins in the past so that `durationMs` simulated milliseconds later it is exactly now. */
  static endingNow(options: { speed: number; durationMs: number }): VirtualTime {
    const { speed, durationMs } = options;
    if (!(speed >= 1)) throw new RangeError(`Time can only catch up with the present at speed 1 or more, not ${speed}`);
    return VirtualTime.flowing({ speed, start: Date.now() - durationMs * (1 - 1 / speed) });
  }

  get isStepped(): boolean {
    return this.#mode.kind === 'stepped';
  }

  now(): Instant {
    const mode = this.#mode;
    if (mode.kind === 'stepped') return this.#steppedNow as Instant;
    const real = Date.now();
    const flowed = mode.start + (real - mode.realStart) * mode.speed;
    return Math.floor(mode.neverAhead ? Math.min(flowed, Math.max(real, mode.start)) : flowed) as Instant;
  }

  /** Runs a function after so many simulated milliseconds. */
  after(milliseconds: number, run: () => void): Timer {
    return this.at(this.now() + Math.max(0, milliseconds), run);
  }

  /** Runs a function at a simulated instant; one in the past runs as soon as possible. */
  at(instant: number, run: () => void): Timer {
    const entry: Entry = { at: Math.ceil(instant), order: this.#order++, run, index: -1 };
    if (!this.#closed) {
      this.#insert(entry);
      this.#arm();
    }
    return { cancel: () => this.#remove(entry) };
  }

  /** Waits so many simulated milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.after(milliseconds, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Keeps stepped time from moving on until the returned function is called: something is under way in real time. */
  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds === 0) {
        const waiters = this.#waiters;
        this.#waiters = [];
        for (const wake of waiters) wake();
      }
    };
  }

  /** Resolves when nobody holds time any more and what followed from it has run. */
  async settle(): Promise<void> {
    do {
      await nextTurn();
      if (this.#holds > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
      await nextTurn();
    } while (this.#holds > 0);
  }

  /** Stepped time only: moves on by so many milliseconds, running every timer on the way in order. */
  advance(milliseconds: number): Promise<void> {
    return this.advanceTo(this.#steppedNow + milliseconds);
  }

  /** Stepped time only: moves on to an instant. @param until stop early when this turns true */
  async advanceTo(target: number, until?: () => boolean): Promise<void> {
    if (!this.isStepped) throw new TypeError('Only stepped time can be advanced');
    await this.settle();
    while (until?.() !== true) {
      const next = this.#heap[0];
      if (next === undefined || next.at > target) {
        this.#steppedNow = Math.max(this.#steppedNow, target);
        return;
      }
      this.#remove(next);
      this.#steppedNow = Math.max(this.#steppedNow, next.at);
      next.run();
      await this.settle();
    }
  }

  /** Forgets every timer and takes no more. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#heap) entry.index = -1;
    this.#heap = [];
    clearTimeout(this.#realTimer);
    this.#realTimer = undefined;
  }

  /** When, in real time, simulated time will reach an instant. */
  #realDue(at: number): number {
    const mode = this.#mode;
    if (mode.kind === 'stepped') return Number.POSITIVE_INFINITY;
    const due = mode.realStart + (at - mode.start) / mode.speed;
    return mode.neverAhead && at > mode.start ? Math.max(due, at) : due;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (this.#mode.kind === 'stepped' || next === undefined) return;
    const due = this.#realDue(next.at);
    if (this.#realTimer !== undefined && due >= this.#realTimerDue) return;
    clearTimeout(this.#realTimer);
    const delay = Math.min(Math.max(0, Math.ceil(due - Date.now())), MAX_REAL_DELAY_MS);
    this.#realTimerDue = Date.now() + delay;
    this.#realTimer = setTimeout(() => this.#runDue(), delay);
  }

  #runDue(): void {
    this.#realTimer = undefined;
    this.#realTimerDue = Number.POSITIVE_INFINITY;
    const now = this.now();
    // Only what was planned before this turn: a timer that plans another one for "now" must not starve the sockets.
    const horizon = this.#order;
    for (let next = this.#heap[0]; next !== undefined && next.at <= now && next.order < horizon; next = this.#heap[0]) {
      this.#remove(next);
      next.run();
    }
    this.#arm();
  }

  #insert(entry: Entry): void {
    entry.index = this.#heap.length;
    this.#heap.push(entry);
    this.#rise(entry);
  }

  #remove(entry: Entry): void {
    const { index } = entry;
    if (index < 0) return;
    entry.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#heap[index] = last;
    last.index = index;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as Entry;
      if (isEarlier(parent, entry)) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[entry.index * 2 + 1];
      const right = this.#heap[entry.index * 2 + 2];
      const child = left !== undefined && right !== undefined && isEarlier(right, left) ? right : left;
      if (child === undefined || isEarlier(entry, child)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const { index } = a;
    this.#heap[b.index] = a;
    this.#heap[index] = b;
    a.index = b.index;
    b.index = index;
  }
}

function isEarlier(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Timers of one owner, so that all of them can be dropped at once (a station losing power). */
export class TimerGroup {
  readonly #time: VirtualTime;
  readonly #timers = new Set<Timer>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  after(milliseconds: number, run: () => void): Timer {
    return this.at(this.#time.now() + Math.max(0, milliseconds), run);
  }

  at(instant: number, run: () => void): Timer {
    const inner = this.#time.at(instant, () => {
      this.#timers.delete(timer);
      run();
    });
    const timer: Timer = {
      cancel: () => {
        this.#timers.delete(timer);
        inner.cancel();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /** Waits; never resolves once the group is cancelled, as a program does not go on in a machine without power. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  cancelAll(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
