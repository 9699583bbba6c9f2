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
  const name = `voltpile_test_${process.pid}_${++counter}`;
  await administer(running, `create database ${name} template ${template}`);
  const config: DatabaseConfig = {
    ...running.connection(name),
    ...(options.poolSize === undefined ? {} : { poolSize: options.poolSize }),
  };
  const database = connectDatabase(config);
  let disposed: Promise<void> | undefined;
  const dispose = (): Promise<void> => {
    disposed ??= database.close().then(() => administer(running, `drop database if exists ${name} with (force)`));
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

/** Stops the tests' PostgreSQL and removes its data. Mocha does this by itself; other runners call it at their end. */
export async function stopTestServer(): Promise<void> {
  const running = server;
  server = undefined;
  const made = [...templates.values()];
  templates.clear();
  if (running === undefined) return;
  const { stop, connection } = await running;
  for (const template of await Promise.all(made)) {
    await administer({ stop, connection }, `drop database if exists ${template} with (force)`);
  }
  await stop();
}

// Importing this module from a test file registers the clean-up with Mocha's root suite. A killed process needs none: PostgreSQL notices
// and stops, and the next run removes the folder.
if (typeof globalThis.after === 'function') globalThis.after(stopTestServer);

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
    template = makeTemplate(running, `voltpile_template_${process.pid}_${key}`, sets);
    templates.set(key, template);
  }
  return template;
}

async function makeTemplate(running: TestServer, name: string, sets: readonly MigrationSet[]): Promise<string> {
  await administer(running, `drop database if exists ${name} with (force)`);
  await administer(running, `create database ${name}`);
  const database = connectDatabase(running.connection(name));
  try {
    await migrateDatabase(database, sets);
  } finally {
    await database.close();
  }
  return name;
}

async function administer(running: TestServer, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: running.connection('postgres').url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
