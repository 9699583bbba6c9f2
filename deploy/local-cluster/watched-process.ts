import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchdogArguments } from '@voltpile/platform/process/watchdog';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** One that ran for so long begins with the short pause again. */
const STEADY_MS = 60_000;

export interface WatchedProgram {
  readonly name: string;
  readonly command: readonly [file: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether this line of its standard output says that it is ready. */
  readonly isReady: (line: string) => boolean;
  /** How long that may take. */
  readonly startPatienceMs: number;
  /** How long it may take to end when it is asked to; then it is killed. */
  readonly stopPatienceMs: number;
  /** Takes each line that it writes. */
  readonly onLine: (line: string) => void;
  /** Told what became of it when nobody had asked for that. */
  readonly onTrouble: (what: string) => void;
}

/** A program that is kept running: started again, with growing pauses, whenever it ends without being asked to. */
export class WatchedProcess implements AsyncDisposable {
  readonly #program: WatchedProgram;
  readonly #halt = new AbortController();
  #watchdog: ChildProcess | undefined;
  #pid: number | undefined;
  #exited: Promise<string> = Promise.resolve('');
  #supervision: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  private constructor(program: WatchedProgram) {
    this.#program = program;
  }

  /** Returns when it is ready. Rejects, with what it wrote last, when it ends before. */
  static async start(program: WatchedProgram): Promise<WatchedProcess> {
    const watched = new WatchedProcess(program);
    try {
      await watched.#launch();
    } catch (error) {
      await watched.stop();
      throw error;
    }
    watched.#supervision = watched.#supervise();
    return watched;
  }

  get name(): string {
    return this.#program.name;
  }

  /** Of the program itself; undefined while it is down. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Asks it to end, and returns when it has. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#halt.abort();
    await this.#end();
    await this.#supervision;
  }

  async #end(): Promise<void> {
    this.#watchdog?.stdin?.end();
    const timer = setTimeout(() => {
      this.#program.onTrouble('takes too long to stop; it is killed');
      if (this.#pid !== undefined) process.kill(this.#pid, 'SIGKILL');
    }, this.#program.stopPatienceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  async #launch(): Promise<void> {
    const { name, command, environment, isReady, onLine, startPatienceMs } = this.#program;
    const child = spawn('/bin/sh', [...watchdogArguments('voltpile-watchdog', 'TERM'), ...command], {
      // A session of its own: the terminal's Ctrl-C is for us.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...environment },
    });
    child.stdin.on('error', () => {});
    this.#watchdog = child;
    const tail: string[] = [];
    const keep = (line: string): void => {
      tail.push(line);
      if (tail.length > 10) tail.shift();
      onLine(line);
    };
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        this.#pid = undefined;
        resolve(signal === null ? `status ${code}` : `signal ${signal}`);
      });
    });
    let outcome: string | undefined;
    const ready = new Promise<void>((resolve, reject) => {
      const fail = (what: string): void => reject(new Error(`${name} ${what}\n${tail.join('\n')}`));
      const timer = setTimeout(() => fail(`is not ready after ${startPatienceMs / 1000} s`), startPatienceMs);
      const see = (line: string): void => {
        keep(line);
        if (!isReady(line)) return;
        clearTimeout(timer);
        resolve();
      };
      createInterface({ input: child.stdout as Readable }).on('line', (line) => {
        // The watchdog's own line comes first.
        if (this.#pid === undefined && outcome === undefined) this.#pid = Number(line);
        else see(line);
      });
      createInterface({ input: child.stderr as Readable }).on('line', see);
      void this.#exited.then((how) => {
        outcome = how;
        clearTimeout(timer);
        // What it wrote last is still on its way.
        setTimeout(() => fail(`ended (${how})`), 50);
      });
    });
    await ready;
  }

  async #supervise(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    const { signal } = this.#halt;
    for (;;) {
      const since = performance.now();
      const outcome = await this.#exited;
      if (signal.aborted) return;
      if (performance.now() - since > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
      this.#program.onTrouble(`ended (${outcome}); it is started again in ${pauseMs} ms`);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      try {
        await this.#launch();
        if (!signal.aborted) this.#program.onTrouble('is back');
      } catch {
        // One that hangs at its start must end before the next attempt.
        await this.#end();
      }
    }
  }
}
