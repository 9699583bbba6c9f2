import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineError } from '@voltpile/kernel/errors';
import pg from 'pg';
import { watchdogArguments } from '../process/watchdog.ts';
import type { DatabaseConfig } from './connection.ts';
import {
  canEnter,
  embeddedPostgresUnavailable,
  findPostgresBinaries,
  type PostgresBinaries,
  type RunAs,
  UNPRIVILEGED,
} from './postgres-binaries.ts';
import { stopLeftoverPostgres } from './postgres-leftovers.ts';

export const embeddedPostgresFailed = defineError(
  'database.embedded_failed',
  'Unavailable',
  'Embedded PostgreSQL did not start: {reason}',
);

/** `sun_path` of a Unix socket holds 108 bytes with its terminating zero (104 on macOS). */
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107;
const PORT = 5432;
const USER = 'voltpile';
const READY_POLL_MS = 15;
/** Recovery after a power cut replays up to `max_wal_size` of log. */
const START_PATIENCE_MS = 300_000;
const STOP_PATIENCE_MS = 12_000;
const KILL_PATIENCE_MS = 5_000;
const RESTART_DELAY_MS = { first: 100, most: 10_000 } as const;
const LOG_TAIL_LINES = 20;

export interface EmbeddedPostgresOptions {
  /** Holds the cluster (`data`), its socket and, if need be, a copy of the binaries. Made when missing. One user at a time. */
  readonly folder: string;
  /** Folder with `initdb` and `postgres` to use in place of the ones from npm. */
  readonly binaries?: string | undefined;
  /** PostgreSQL settings above ours, for tests (`{ fsync: 'off' }`). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Receives PostgreSQL's log and what the supervisor does about it, a line at a time. */
  readonly log?: LogLine;
}

/** `warn` for what no one asked for: PostgreSQL ended, could not be started again, or had to be killed. */
type LogLine = (line: string, level: 'info' | 'warn') => void;

/**
 * What we ask of every cluster. On the command line, so that no edited configuration file weakens durability. Statement errors are not
 * logged (`log_min_messages`): the caller gets them, and their details carry data.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(PORT),
  unix_socket_permissions: '0700',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  max_locks_per_transaction: '256',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_line_prefix: '%b ',
  log_checkpoints: 'off',
};

/**
 * Starts a private PostgreSQL and keeps it running until {@link EmbeddedPostgres.stop}. Reached through a Unix socket in a 0700 folder
 * only; who can enter that folder needs no password.
 *
 * @throws FailedPrecondition `database.embedded_unavailable`, `database.folder_busy`; Unavailable `database.embedded_failed`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw embeddedPostgresUnavailable({ reason: 'Node on Windows cannot talk to it through a Unix socket' });
  }
  const runAs: RunAs = process.getuid?.() === 0 ? UNPRIVILEGED : undefined;
  await mkdir(options.folder, { recursive: true, mode: runAs === undefined ? 0o700 : 0o711 });
  const folder = await realpath(options.folder);
  const binaries = await findPostgresBinaries(options.binaries, folder, runAs);
  const server = new EmbeddedPostgres(
    { ...options, folder },
    binaries,
    runAs,
    await prepareSocketFolder(folder, runAs),
  );
  await server.start();
  return server;
}

/** A supervised PostgreSQL. Made by {@link startEmbeddedPostgres}. */
export class EmbeddedPostgres {
  readonly #folder: string;
  readonly #dataFolder: string;
  readonly #socketFolder: string;
  readonly #binaries: PostgresBinaries;
  readonly #runAs: RunAs;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #log: LogLine;
  /** In the command line of each of the cluster's processes. */
  readonly #marker: string;
  readonly #halt = new AbortController();
  #watchdog: ChildProcess | undefined;
  #exited: Promise<string> = Promise.resolve('');
  #postmasterPid: number | undefined;
  #supervision: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: EmbeddedPostgresOptions, binaries: PostgresBinaries, runAs: RunAs, socketFolder: string) {
    this.#folder = options.folder;
    this.#dataFolder = join(options.folder, 'data');
    this.#socketFolder = socketFolder;
    this.#binaries = binaries;
    this.#runAs = runAs;
    this.#log = options.log ?? (() => {});
    this.#marker = `voltpile-${createHash('sha256').update(this.#dataFolder).digest('hex').slice(0, 16)}`;
    this.#settings = {
      ...SETTINGS,
      unix_socket_directories: socketFolder,
      cluster_name: this.#marker,
      ...options.settings,
    };
  }

  /** How to reach the given database; `voltpile` exists. */
  connection(database = 'voltpile'): DatabaseConfig {
    const query = new URLSearchParams({ host: this.#socketFolder, port: String(PORT), user: USER });
    return { url: `postgresql:///${encodeURIComponent(database)}?${query}` };
  }

  /** The postmaster's pid; undefined while it is down. */
  get pid(): number | undefined {
    return this.#postmasterPid;
  }

  /** The cluster's own folder. */
  get dataFolder(): string {
    return this.#dataFolder;
  }

  /** Initialises the cluster at its first start, runs it, and returns when it takes connections. */
  async start(): Promise<void> {
    await this.#initialise();
    await this.#launch();
    await this.#makeDatabase();
    this.#supervision = this.#supervise();
  }

  /** Fast shutdown: open transactions are rolled back, what was committed is on disk. Returns when no process is left. */
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
    await stopLeftoverPostgres(this.#dataFolder, this.#marker);
    await rm(this.#socketFolder, { recursive: true, force: true });
  }

  /** Ends the running watchdog and its PostgreSQL, with growing force. */
  async #end(): Promise<void> {
    this.#watchdog?.stdin?.end();
    if (await settlesWithin(this.#exited, STOP_PATIENCE_MS)) return;
    const next = 'it is killed and will recover from its log at the next start';
    this.#log(`PostgreSQL takes too long to stop; ${next}`, 'warn');
    this.#signal('SIGQUIT');
    if (await settlesWithin(this.#exited, KILL_PATIENCE_MS)) return;
    this.#signal('SIGKILL');
    await this.#exited;
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#postmasterPid !== undefined) process.kill(this.#postmasterPid, signal);
    } catch {
      // Already gone.
    }
  }

  async #initialise(): Promise<void> {
    for (const entry of await readdir(this.#folder)) {
      // An earlier initialisation was killed half-way.
      if (entry.startsWith('data.new-')) await rm(join(this.#folder, entry), { recursive: true, force: true });
    }
    const version = await readFile(join(this.#dataFolder, 'PG_VERSION'), 'utf8').catch(() => undefined);
    if (version !== undefined) {
      if (version.trim() === this.#binaries.majorVersion) return;
      throw embeddedPostgresUnavailable({
        reason:
          `${this.#dataFolder} was written by PostgreSQL ${version.trim()}, ` +
          `but ${this.#binaries.postgres} is version ${this.#binaries.majorVersion}`,
      });
    }
    this.#log(`making a database cluster in ${this.#dataFolder}`, 'info');
    const draft = await mkdtemp(join(this.#folder, 'data.new-'));
    await this.#own(draft);
    const noSync = this.#settings.fsync === 'off' ? ['--no-sync'] : [];
    const { tail, exited } = this.#run(this.#binaries.initdb, draft, [
      ...['-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--data-checksums', '--no-instructions'],
      ...['-D', this.#visibleFrom(draft), ...noSync],
    ]);
    const outcome = await exited;
    if (outcome !== 'status 0') throw embeddedPostgresFailed({ reason: `initdb: ${outcome}: ${tail.join(' | ')}` });
    await rename(draft, this.#dataFolder);
  }

  async #own(folder: string): Promise<void> {
    if (this.#runAs !== undefined) await chown(folder, this.#runAs.uid, this.#runAs.gid);
    await chmod(folder, 0o700);
  }

  /**
   * The path by which PostgreSQL finds the folder it is started in. Below somebody's 0700 folder (root's home) `nobody` cannot walk the
   * real path; the process's own link to its working folder, in which we start it, leads there all the same.
   */
  #visibleFrom(folder: string): string {
    if (this.#runAs === undefined || canEnter(folder, this.#runAs)) return folder;
    if (Number(this.#binaries.majorVersion) < 16) {
      throw embeddedPostgresUnavailable({
        reason: `the user nobody cannot enter ${folder}, and PostgreSQL ${this.#binaries.majorVersion} needs that`,
      });
    }
    return '/proc/self/cwd';
  }

  async #launch(): Promise<void> {
    const leftover = await stopLeftoverPostgres(this.#dataFolder, this.#marker);
    if (leftover.length > 0) this.#log(`stopped what an earlier run left behind: ${leftover.join(', ')}`, 'info');
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { child, tail, exited } = this.#run('/bin/sh', this.#dataFolder, [
      // A fast shutdown: we stop PostgreSQL last, ourselves.
      ...watchdogArguments('voltpile-postgres-watchdog', 'INT'),
      this.#binaries.postgres,
      ...['-D', this.#visibleFrom(this.#dataFolder), ...settings],
    ]);
    this.#watchdog = child;
    let outcome: string | undefined;
    this.#exited = exited.then((how) => {
      outcome = how;
      this.#postmasterPid = undefined;
      return how;
    });
    const deadline = Date.now() + START_PATIENCE_MS;
    while (!(await this.#isReady())) {
      if (outcome !== undefined) throw embeddedPostgresFailed({ reason: `${outcome}: ${tail.join(' | ')}` });
      if (this.#halt.signal.aborted) return;
      if (Date.now() > deadline) {
        await this.#end();
        throw embeddedPostgresFailed({ reason: `not ready after ${START_PATIENCE_MS / 1000} s` });
      }
      await sleep(READY_POLL_MS);
    }
  }

  /** The postmaster writes its state into the eighth line of its pid file. */
  async #isReady(): Promise<boolean> {
    const lines = (await readFile(join(this.#dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    return Number(lines[0]) === this.#postmasterPid && lines[7]?.trim() === 'ready';
  }

  async #makeDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.connection('postgres').url });
    await client.connect();
    try {
      const { rowCount } = await client.query(`select from pg_database where datname = 'voltpile'`);
      if (rowCount === 0) await client.query('create database voltpile');
    } finally {
      await client.end();
    }
  }

  /** Starts PostgreSQL again, with growing pauses, whenever it ends without being asked to. */
  async #supervise(): Promise<void> {
    let delayMs: number = RESTART_DELAY_MS.first;
    while (!this.#halt.signal.aborted) {
      const outcome = await this.#exited;
      if (this.#halt.signal.aborted) return;
      this.#log(`PostgreSQL ended (${outcome}); it is started again in ${delayMs} ms`, 'warn');
      await sleep(delayMs, undefined, { signal: this.#halt.signal }).catch(() => {});
      if (this.#halt.signal.aborted) return;
      try {
        await this.#launch();
        delayMs = RESTART_DELAY_MS.first;
        this.#log('PostgreSQL is back', 'info');
      } catch (error) {
        this.#log(error instanceof Error ? error.message : String(error), 'warn');
        delayMs = Math.min(delayMs * 2, RESTART_DELAY_MS.most);
      }
    }
  }

  #run(
    file: string,
    cwd: string,
    args: readonly string[],
  ): { readonly child: ChildProcess; readonly tail: readonly string[]; readonly exited: Promise<string> } {
    const child = spawn(file, args, {
      ...this.#runAs,
      cwd,
      // A session of its own: the terminal's Ctrl-C is for us.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
    child.stdin?.on('error', () => {});
    const tail: string[] = [];
    const keep = (line: string): void => {
      tail.push(line);
      if (tail.length > LOG_TAIL_LINES) tail.shift();
      // initdb's chatter matters only when it fails.
      if (isServer) this.#log(line, 'info');
    };
    const isServer = file === '/bin/sh';
    let first = isServer;
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      // The watchdog's first line is the postmaster's pid.
      if (first) this.#postmasterPid = Number(line);
      else keep(line);
      first = false;
    });
    createInterface({ input: child.stderr as Readable }).on('line', keep);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      // Not `close`: an orphaned backend may hold the pipes open for a while.
      child.once('exit', (code, signal) => resolve(signal === null ? `status ${code}` : `signal ${signal}`));
    });
    return { child, tail, exited };
  }
}

/** Makes the private folder of the socket: beside the data where the path is short enough and can be entered, else in the temporary folder. */
async function prepareSocketFolder(folder: string, runAs: RunAs): Promise<string> {
  const owner = runAs?.uid ?? process.getuid?.();
  const short = `voltpile-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  for (const candidate of [join(folder, 'socket'), join(tmpdir(), short), join('/tmp', short)]) {
    if (Buffer.byteLength(join(candidate, `.s.PGSQL.${PORT}`)) > SOCKET_PATH_LIMIT) continue;
    await mkdir(candidate, { mode: 0o700 }).catch(() => {});
    const made = await lstat(candidate).catch(() => undefined);
    if (made === undefined || !made.isDirectory()) continue;
    if (runAs !== undefined && made.uid === 0) await chown(candidate, runAs.uid, runAs.gid);
    // In a shared temporary folder somebody else may have been first.
    else if (made.uid !== owner) continue;
    await chmod(candidate, 0o700);
    if (canEnter(candidate, runAs)) return candidate;
    await rm(candidate, { recursive: true, force: true });
  }
  throw embeddedPostgresUnavailable({
    reason: `no folder short enough for a socket (tried ${folder} and ${tmpdir()})`,
  });
}

function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  return Promise.race([
    promise.then(() => true),
    sleep(milliseconds, false, { signal: timer.signal }).catch(() => false),
  ]).finally(() => timer.abort());
}
