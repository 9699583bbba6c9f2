import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const RUNGS = {
  a: { file: 'echo', flags: [], label: 'bare ws echo' },
  b: { file: 'ocpp-rpc', flags: [], label: 'ocpp-rpc strict, handlers do nothing' },
  c: { file: 'minimal-durable', flags: [], label: 'minimal durable server' },
  d: { file: 'voltpile', flags: ['--message-log', 'off'], label: 'Voltpile, message log off' },
  e: { file: 'voltpile', flags: ['--message-log', 'all'], label: 'Voltpile, all messages logged' },
  f: { file: 'voltpile-cluster', flags: [], label: 'Voltpile, roles apart over NATS, message log off' },
  piles: { file: 'voltpile-piles', flags: [], label: 'Voltpile with 云快充 piles' },
} as const;

export type RungName = keyof typeof RUNGS;

const START_PATIENCE_MS = 60_000;

/** A rung's server in a process of its own. */
export class RungProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly url: string;

  private constructor(child: ChildProcess, reader: Interface, lines: AsyncIterator<string>, url: string) {
    this.#child = child;
    this.#reader = reader;
    this.#lines = lines;
    this.url = url;
  }

  static async start(name: RungName, stations: number): Promise<RungProcess> {
    const rung = RUNGS[name];
    const file = fileURLToPath(new URL(`servers/${rung.file}.ts`, import.meta.url));
    const child = spawn(process.execPath, ['--expose-gc', file, String(stations), ...rung.flags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const reader = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    const timer = setTimeout(() => child.kill('SIGTERM'), START_PATIENCE_MS);
    const { url } = (await answer(lines)) as { url: string };
    clearTimeout(timer);
    return new RungProcess(child, reader, lines, url);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Collects garbage, so that memory can be compared. */
  async collectGarbage(): Promise<void> {
    await this.#ask('gc');
  }

  async count(): Promise<{ starts: number; meterValues: number; samples: number; stops: number } | null> {
    return (await this.#ask('count')) as { starts: number; meterValues: number; samples: number; stops: number } | null;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.write('stop\n');
    await exited;
    this.#reader.close();
  }

  async #ask(word: string): Promise<unknown> {
    this.#child.stdin?.write(`${word}\n`);
    return answer(this.#lines);
  }
}

/** The next line that is meant for us; a server may print others. */
async function answer(lines: AsyncIterator<string>): Promise<unknown> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the server under test ended');
    if (value.startsWith('bench ')) return JSON.parse(value.slice('bench '.length));
  }
}
