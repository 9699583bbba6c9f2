import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import pg from 'pg';
import { connectDatabase, type Database, type DatabaseConfig } from '../database/connection.ts';
import { startEmbeddedPostgres } from '../database/embedded-postgres.ts';
import { type MigrationSet, migrateDatabase } from '../database/migrations.ts';

/** A database of one's own, already migrated. `await using` drops it at the end of the block. */
export interface TestDatabase extends AsyncDisposable {
  readonly config: DatabaseConfig;
  readonly url: string;
  readonly database: Database;
  readonly knex: Knex;
  readonly pool: pg.Pool;
  /** Closes pool and knex, throws out other connections, and drops the database. */
  dispose(): Promise<void>;
}

interface TestServer {
  connection(database: string): DatabaseConfig;
  stop(): Promise<void>;
}

const FOLDER_PREFIX = 'voltpile-test-';
/** Process id of the run that several processes belong to. */
const RUN = process.env.VOLTPILE_TEST_RUN || process.pid;

const COMPILE_CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled-for-tests');

let server: Promise<TestServer> | undefined;
const templates = new Map<string, Promise<string>>();
let counter = 0;

/**
 * Makes a database by copying a migrated template (about 25 ms). The first call of a process starts one PostgreSQL for all tests (fsync
 * off, data in the temporary folder), or uses the server that `VOLTPILE_TEST_DATABASE_URL` names; its user must be allowed to make
 * databases.
 */
export async function createTestDatabase(
  options: { readonly migrations?: readonly MigrationSet[]; readonly poolSize?: number } = {},
): Promise<TestDatabase> {
  server ??= startServer();
  const running = await server;
  const template = await templateFor(running, options.migrations ?? []);
  const name = `voltpile_test_${RUN}_${process.pid}_${++counter}`;
  await administer(running, `create database ${name} template ${template}`);
  const config: DatabaseConfig = {
    ...running.connection(name),
    ...(options.poolSize === undefined ? {} : { poolSize: options.poolSize }),
  };
  const database = connectDatabase(config);
  let disposed: Promise<void> | undefined;
  const dispose = (): Promise<void> => {
    disposed ??= database.close().then(() => drop(running, name));
    return disposed;
  };
  return {
    config,
    url: config.url,
    database,
    knex: database.knex,
    pool: database.pool,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Stops the tests' PostgreSQL and removes its data, or what the run left on a server of one's own. Mocha does this; other runners call it at their end. */
export async function stopTestServer(): Promise<void> {
  const running = server;
  server = undefined;
  templates.clear();
  if (running === undefined) return;
  const started = await running;
  await dropDatabasesOfRun(started);
  await started.stop();
}

async function dropDatabasesOfRun(running: TestServer): Promise<void> {
  const names = await administer(
    running,
    `select datname from pg_database where datname ~ '^voltpile_(test|template)_${RUN}_'`,
  );
  for (const { datname } of names) await drop(running, String(datname));
}

/**
 * For Mocha's `--require`: its processes use one PostgreSQL, which the first of them starts and stops.
 *
 * @see https://mochajs.org/features/global-fixtures/
 */
export async function mochaGlobalSetup(): Promise<void> {
  server ??= startServer();
  const { connection } = await server;
  process.env.VOLTPILE_TEST_DATABASE_URL = connection('postgres').url;
  process.env.VOLTPILE_TEST_RUN = String(RUN);
  // A server that a test starts need not translate what the one before has translated.
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
}

export const mochaGlobalTeardown = stopTestServer;

// Importing this module from a test file registers the clean-up with Mocha's root suite. A killed process needs none: PostgreSQL notices
// and stops, and the next run removes the folder.
if (typeof globalThis.after === 'function' && process.env.VOLTPILE_TEST_RUN === undefined)
  globalThis.after(stopTestServer);

async function startServer(): Promise<TestServer> {
  const given = process.env.VOLTPILE_TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    return {
      connection: (database) => {
        const url = new URL(given);
        url.pathname = `/${database}`;
        return { url: url.href };
      },
      stop: async () => {},
    };
  }
  await removeAbandonedFolders();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  // `nobody`, who runs it when we are root, must be able to enter.
  await chmod(folder, 0o711);
  const embedded = await startEmbeddedPostgres({
    folder,
    binaries: process.env.VOLTPILE_PG_BIN || undefined,
    settings: { fsync: 'off', full_page_writes: 'off', max_wal_size: '256MB', autovacuum: 'off' },
  });
  return {
    connection: (database) => embedded.connection(database),
    stop: async () => {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Folders of test runs that were killed: named after a process that is no more. */
async function removeAbandonedFolders(): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const entry of await readdir(tmpdir())) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(entry)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    // Another run may be removing it, too, or it may be another user's.
    await rm(join(tmpdir(), entry), { recursive: true, force: true }).catch(() => {});
  }
}

function templateFor(running: TestServer, sets: readonly MigrationSet[]): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify(sets.map(({ schema, migrations }) => [schema, migrations.map(({ name }) => name)])))
    .digest('hex')
    .slice(0, 12);
  let template = templates.get(key);
  if (template === undefined) {
    template = makeTemplate(running, `voltpile_template_${RUN}_${process.pid}_${key}`, sets);
    templates.set(key, template);
  }
  return template;
}

async function makeTemplate(running: TestServer, name: string, sets: readonly MigrationSet[]): Promise<string> {
  await drop(running, name);
  await administer(running, `create database ${name}`);
  const database = connectDatabase(running.connection(name));
  try {
    await migrateDatabase(database, sets);
  } finally {
    await database.close();
  }
  return name;
}

async function drop(running: TestServer, name: string): Promise<void> {
  await administer(running, `drop database if exists ${name} with (force)`);
}

async function administer(running: TestServer, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: running.connection('postgres').url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}
