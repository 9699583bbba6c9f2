import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export const MAIN = join(import.meta.dirname, '..', 'main.mjs');
export const DEMO = join(import.meta.dirname, '..', 'demo.mjs');
const READY_PATIENCE_MS = 60_000;

/** What the ready line says. */
export interface Ready {
  readonly pid: number;
  /** For the other processes of a cluster. */
  readonly internal?: string;
  readonly http: string;
  readonly ocpp: string;
  readonly ocpps?: string;
  readonly ykc?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Voltpile in a process of its own, as `npm start` runs it. */
export interface ServerProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Rejects, with what the process wrote, when it ends before it is ready. */
  readonly ready: Promise<Ready>;
  readonly exited: Promise<Exit>;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

/**
 * Starts the server on free ports. Settings of the surrounding environment are not passed on. Disposing stops it (SIGTERM, then SIGKILL).
 *
 * @param settings the environment of the process besides PATH: `VOLTPILE_DATA_DIR` at least
 * @param entry the program to run, in place of the server the demo
 * @param args of that program
 */
export function spawnServer(
  settings: Readonly<Record<string, string>>,
  entry = MAIN,
  args: readonly string[] = [],
): ServerProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      VOLTPILE_HTTP_PORT: '0',
      VOLTPILE_OCPP_PORT: '0',
      VOLTPILE_YKC_PORT: '0',
      VOLTPILE_INTERNAL_PORT: '0',
      VOLTPILE_LOG_FORMAT: 'text',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Exit);
  const ready = new Promise<Ready>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${what}:\n${[...stdout, ...stderr].join('\n')}`));
    const timer = setTimeout(fail, READY_PATIENCE_MS, 'the server is not ready');
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      stdout.push(line);
      const facts = /^voltpile ready (\{.*\})$/.exec(line)?.[1];
      if (facts === undefined) return;
      clearTimeout(timer);
      resolve(JSON.parse(facts) as Ready);
    });
    createInterface({ input: child.stderr as Readable }).on('line', (line) => stderr.push(line));
    exited.then(({ code, signal }) => fail(`the server ended (${code ?? signal})`)).finally(() => clearTimeout(timer));
  });
  // A test that only looks at the exit need not care.
  ready.catch(() => {});
  const kill = (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal);
    return exited;
  };
  return {
    process: child,
    ready,
    exited,
    stdout,
    stderr,
    kill,
    async [Symbol.asyncDispose]() {
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await kill('SIGTERM');
      clearTimeout(timer);
    },
  };
}
