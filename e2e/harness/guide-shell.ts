import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { within } from './deadline.ts';
import { eventually } from './eventually.ts';
import type { GuideBlock } from './guide.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Lines that the error of a command that failed shows. */
const MOST_TOLD = 50;
/** `wait_for` of the guides takes five minutes. */
const BLOCK_MS = 330_000;
const KILL_AFTER_MS = 15_000;

/** The first administrator of whoever follows the guides to the letter. */
export const GUIDE_ADMIN = { email: 'admin@voltpile.local', password: 'the password from above' } as const;

/**
 * What the shell is told beforehand. It ends when a command fails, as one does that is refused by the API or has an unknown variable; what runs in the
 * background ends with it, also when the test is killed. `npm` means this project, whatever folder the shell is in.
 */
const PREAMBLE = `
trap 'kill 0' EXIT
set -euo pipefail
shopt -s inherit_errexit
curl() { command curl --fail-with-body "$@"; }
npm() {
  if [ "\${2:-}" = simulate ]; then set -- "$@" --url "$GUIDE_OCPP"; fi
  command npm --prefix "$GUIDE_ROOT" "$@"
}
`;

/**
 * For `before`, or the beginning of a test: skips where the programs are missing that guides ask for, and says so in one line. (An older curl cannot fail
 * and still show the answer.)
 */
export function needsGuideTools(context: Mocha.Context): void {
  if (spawnSync('bash', ['-c', 'curl --fail-with-body --version']).status === 0) return;
  process.stderr.write('SKIPPED: there is no bash with a curl of 7.76 or newer (Debian: apt install bash curl)\n');
  context.skip();
}

/** Where the server is, in place of where the guides say. */
export interface GuideServer {
  /** `http://127.0.0.1:…` */
  readonly http: string;
  readonly ocpp: string;
  /** The port of the fake provider of payments. */
  readonly stripePort?: number | undefined;
}

/**
 * A `bash` into which the commands of guides are typed as they are printed; only the ports are those of the test. It works in a folder of its own. What it
 * has started in the background ends with it.
 */
export class GuideShell implements AsyncDisposable {
  readonly folder: string;
  /** What was written to its standard output, empty lines left out. */
  readonly lines: string[] = [];
  readonly #server: GuideServer;
  readonly #bash: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #errors: string[] = [];
  /** Lines that tell that the commands before them are done. */
  readonly #marks = new Map<string, () => void>();
  #blocks = 0;

  private constructor(folder: string, server: GuideServer, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#server = server;
    this.#bash = spawn('bash', ['--norc', '--noprofile'], {
      cwd: folder,
      // A group of its own, which is ended as a whole.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
        HOME: process.env.HOME,
        LANG: 'C.UTF-8',
        GUIDE_OCPP: server.ocpp,
        GUIDE_ROOT: ROOT,
        ...environment,
      },
    });
    this.#ended = once(this.#bash, 'close');
    createInterface({ input: this.#bash.stdout as Readable }).on('line', (line) => this.#read(line));
    createInterface({ input: this.#bash.stderr as Readable }).on('line', (line) => this.#errors.push(line));
    this.#stdin.on('error', () => {});
    this.#stdin.write(PREAMBLE);
  }

  /** @param environment of the commands, besides PATH and the like */
  static async open(server: GuideServer, environment: Readonly<Record<string, string>> = {}): Promise<GuideShell> {
    return new GuideShell(await makeTemporaryFolder(), server, environment);
  }

  get #stdin(): Writable {
    return this.#bash.stdin as Writable;
  }

  /** Runs commands that need not come to an end; what they write is added to {@link lines}. */
  async begin(commands: string): Promise<void> {
    const file = join(this.folder, `block-${++this.#blocks}.sh`);
    await writeFile(file, this.#withPorts(commands));
    this.#stdin.write(`source '${file}' </dev/null\n`);
  }

  /** Resolves when a line like that was written. */
  async shows(line: RegExp): Promise<void> {
    const shown = eventually(`${line}`, () => this.lines.some((known) => line.test(known)), BLOCK_MS);
    await Promise.race([shown, this.#failed('')]);
  }

  /**
   * Runs commands to their end.
   *
   * @returns the lines that they wrote
   * @throws Error with all that was written, when one of them fails
   */
  async run(commands: string): Promise<string[]> {
    const first = this.lines.length;
    const mark = randomUUID();
    const done = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    await this.begin(commands);
    this.#stdin.write(`printf '\\n%s\\n' '${mark}'\n`);
    await within(Promise.race([done, this.#failed(commands)]), commands, BLOCK_MS);
    return this.lines.slice(first);
  }

  /**
   * Runs what a guide prints.
   *
   * @param meanwhile called before each block: what somebody who follows the guide waits for, or does elsewhere
   * @returns the answers of the API that were shown
   */
  async follow(
    blocks: readonly GuideBlock[],
    meanwhile: (block: GuideBlock) => Promise<void> = async () => {},
  ): Promise<unknown[]> {
    const lines: string[] = [];
    for (const block of blocks) {
      await meanwhile(block);
      if (!block.isApart) lines.push(...(await this.run(block.text)));
    }
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as unknown);
  }

  async valueOf(variable: string): Promise<string> {
    return (await this.run(`printf '%s\\n' "$${variable}"`)).join('\n');
  }

  /** Rejects when the shell has ended. */
  async #failed(commands: string): Promise<never> {
    await this.#ended;
    const written = [...this.lines, ...this.#errors].slice(-MOST_TOLD);
    throw new Error(`a command failed\n${commands}\n${written.join('\n')}`);
  }

  #read(line: string): void {
    const isDone = this.#marks.get(line);
    if (isDone !== undefined) isDone();
    else if (line !== '') this.lines.push(line);
  }

  #withPorts(commands: string): string {
    const { http, stripePort } = this.#server;
    return commands.replaceAll('http://127.0.0.1:8080', http).replaceAll('12111', `${stripePort}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kill = (signal: NodeJS.Signals) => {
      const { pid } = this.#bash;
      try {
        if (pid !== undefined) process.kill(-pid, signal);
      } catch {
        // Nothing of it is left.
      }
    };
    kill('SIGTERM');
    const timer = setTimeout(kill, KILL_AFTER_MS, 'SIGKILL');
    await this.#ended;
    clearTimeout(timer);
    await removeFolder(this.folder);
  }
}
