import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresProcessesOf, readPostmasterPid } from '@voltpile/platform/database/postgres-leftovers';
import { type Ready, type ServerProcess, spawnServer } from '@voltpile/server/testing/server-process';
import pg from 'pg';
import { ApiClient } from './api-client.ts';
import { eventually } from './eventually.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' } as const;

const NO_MARKER = 'no process carries this';

/**
 * The real server in a process of its own, on the embedded PostgreSQL with fsync on, in a data folder of its own. It can be killed and
 * started again on the same data; every start listens on new ports.
 */
export class ServerUnderTest implements AsyncDisposable {
  readonly dataDir: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ServerProcess;
  #ready: Ready;
  #earlierLog: string[] = [];
  #pool: pg.Pool | undefined;

  private constructor(
    dataDir: string,
    settings: Readonly<Record<string, string>>,
    process: ServerProcess,
    ready: Ready,
  ) {
    this.dataDir = dataDir;
    this.#settings = settings;
    this.#process = process;
    this.#ready = ready;
  }

  /** @param settings environment above the tests' own: administrator, free ports, unknown stations accepted, logs from `warn` */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<ServerUnderTest> {
    const dataDir = await makeTemporaryFolder();
    const all = {
      VOLTPILE_DATA_DIR: dataDir,
      VOLTPILE_ADMIN_EMAIL: ADMIN.email,
      VOLTPILE_ADMIN_PASSWORD: ADMIN.password,
      VOLTPILE_ONBOARDING: 'accept',
      VOLTPILE_LOG_LEVEL: 'warn',
      ...settings,
    };
    const process = spawnServer(all);
    try {
      return new ServerUnderTest(dataDir, all, process, await process.ready);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      await removeFolder(dataDir);
      throw error;
    }
  }

  get http(): string {
    return this.#ready.http;
  }

  get ocpp(): string {
    return this.#ready.ocpp;
  }

  /** `tcp://127.0.0.1:…` */
  get ykc(): string {
    assert.ok(this.#ready.ykc !== undefined);
    return this.#ready.ykc;
  }

  get pid(): number {
    return this.#ready.pid;
  }

  /** Whether the process that was started last still runs. */
  get isRunning(): boolean {
    return this.#process.process.exitCode === null && this.#process.process.signalCode === null;
  }

  /** What all its processes have logged. */
  get log(): readonly string[] {
    return [...this.#earlierLog, ...this.#process.stderr];
  }

  login(): Promise<ApiClient> {
    return ApiClient.login(this.http, ADMIN.email, ADMIN.password);
  }

  /** Ends the process at once, without giving it a chance to do anything. */
  async kill9(): Promise<void> {
    await this.#process.kill('SIGKILL');
  }

  /** Asks it to stop, and expects it to do so properly. */
  async stop(): Promise<void> {
    await this.#closePool();
    assert.deepEqual(await this.#process.kill('SIGTERM'), { code: 0, signal: null }, this.log.join('\n'));
  }

  /** A new process on the same data. The old one must have ended. */
  async restart(): Promise<void> {
    await this.#closePool();
    this.#earlierLog.push(...this.#process.stderr);
    this.#process = spawnServer(this.#settings);
    this.#ready = await this.#process.ready;
  }

  /** One statement, past the server. */
  async query<Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []): Promise<Row[]> {
    if (this.#pool === undefined) {
      this.#pool = new pg.Pool({
        host: join(this.dataDir, 'postgres', 'socket'),
        port: 5432,
        user: 'voltpile',
        database: 'voltpile',
        max: 2,
      });
      // PostgreSQL is killed by some tests.
      this.#pool.on('error', () => {});
    }
    return (await this.#pool.query<Row>(statement, values)).rows;
  }

  get #postgresData(): string {
    return join(this.dataDir, 'postgres', 'data');
  }

  async postmasterPid(): Promise<number> {
    return eventually('a postmaster', () => readPostmasterPid(this.#postgresData));
  }

  /** The postmaster and everything it has started. */
  postgresPids(): Promise<number[]> {
    return postgresProcessesOf(this.#postgresData, NO_MARKER);
  }

  /** Resident memory of the server's process. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async #closePool(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closePool();
    await this.#process[Symbol.asyncDispose]();
    await removeFolder(this.dataDir);
  }
}
