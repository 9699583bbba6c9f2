import type { Clock } from '@voltpile/kernel/clock';

export interface DueLoopOptions {
  readonly clock: Clock;
  /** Works on what is due now, a limited number. @returns how many: there may be more as long as there were some */
  readonly work: () => Promise<number>;
  /** When the next one is due; null: none waits. */
  readonly nextDue: () => Promise<Date | null>;
  /** Told what either of the two threw; the loop goes on. */
  readonly onError: (error: unknown) => void;
  /** How often to look without being told (default 5 s): other processes make things due, too. */
  readonly lookMs?: number | undefined;
}

const LOOK_MS = 5000;
/** What is due already is looked at again after a moment, not at once: somebody else may have it. */
const SHORTEST_WAIT_MS = 10;

/** Works on what a table says is due, until it is stopped: at once when it is told to look, otherwise when the next one is due. */
export class DueLoop {
  readonly #options: DueLoopOptions;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #isPoked = false;
  #loop: Promise<void> | undefined;

  constructor(options: DueLoopOptions) {
    this.#options = options;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be something to do. */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { work, onError, lookMs = LOOK_MS } = this.#options;
    while (!this.#isStopping) {
      this.#isPoked = false;
      let waitMs = lookMs;
      try {
        if ((await work()) > 0) continue;
        waitMs = Math.min(waitMs, await this.#untilNext());
      } catch (error) {
        onError(error);
      }
      await this.#pause(waitMs);
    }
  }

  async #untilNext(): Promise<number> {
    const { clock, nextDue } = this.#options;
    const at = await nextDue();
    return at === null ? Number.POSITIVE_INFINITY : Math.max(at.getTime() - clock.now(), SHORTEST_WAIT_MS);
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#isPoked || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.#wake = finish;
    });
  }
}
