import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import knexModule, { type Knex } from 'knex';
import pg from 'pg';

export const databaseUnavailable = defineError(
  'database.unavailable',
  'Unavailable',
  'The database does not answer at the moment.',
);

export const databaseConflict = defineError(
  'database.conflict',
  'Conflict',
  'The same data was changed by somebody else at the same time.',
  { retryable: true },
);

/**
 * How to reach a database. `url` is a libpq connection URI: `postgresql://user:password@host:5432/name`, or for a Unix socket
 * `postgresql:///name?host=/folder&user=…`. It may hold a password: never log it, see {@link describeDatabase}.
 */
export interface DatabaseConfig {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** Most connections of {@link Database.pool} (default 10). */
  readonly poolSize?: number;
  /** Most connections of {@link Database.knex} (default 10). */
  readonly knexPoolSize?: number;
}

/**
 * A service's way to its database. Three kinds of connection on the same settings: `pool` for prepared statements and transactions of the
 * hot path, `knex` for everything else, and clients of one's own for pipelines, LISTEN and session locks.
 *
 * Types are `pg`'s defaults: `int8` and `numeric` come as **text** (a JSON number would not hold them), `timestamptz` as `Date`,
 * `jsonb` parsed, `bytea` as `Buffer`.
 */
export interface Database {
  readonly config: DatabaseConfig;
  readonly pool: pg.Pool;
  readonly knex: Knex;
  /**
   * A connected client that belongs to the caller, who ends it. A lost connection fails its queries and is told by its `end` event; it
   * never crashes the process.
   *
   * @param options.pipeline queries are sent without waiting for the answers to those before them
   * @param options.answerTimeoutMs a query that is not answered within this time fails as `database.unavailable`; in a pipeline the
   *   connection is given up with it. Absent: waits for as long as the connection stands (a network that drops packets silently keeps it
   *   standing for many minutes)
   * @throws Unavailable `database.unavailable`
   */
  dedicatedClient(options?: { readonly pipeline?: boolean; readonly answerTimeoutMs?: number }): Promise<pg.Client>;
  /** Ends pool and knex when their running queries are done. Clients made by {@link dedicatedClient} are their owners' business. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;

/** knex would write to the console what it also throws. */
const SILENT: Knex.Logger = { warn() {}, error() {}, deprecate() {}, debug() {} };

/** Opens lazily: nothing connects before the first query. */
export function connectDatabase(config: DatabaseConfig): Database {
  const connection: pg.ClientConfig = {
    connectionString: config.url,
    application_name: config.applicationName ?? 'voltpile',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...connection, max: config.poolSize ?? 10, idleTimeoutMillis: IDLE_TIMEOUT_MS });
  // An idle connection was lost. The pool has dropped it and opens another one when needed; without a listener Node would end us.
  pool.on('error', () => {});
  // The same for a connection that is lent out while nothing runs on it: its next query fails, which is enough.
  pool.on('connect', (client) => client.on('error', () => {}));
  const knex = knexModule({
    client: 'pg',
    log: SILENT,
    connection: connection as Knex.PgConnectionConfig,
    pool: { min: 0, max: config.knexPoolSize ?? 10, idleTimeoutMillis: IDLE_TIMEOUT_MS },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
  });
  let closed: Promise<void> | undefined;
  return {
    config,
    pool,
    knex,
    async dedicatedClient(options = {}) {
      const { pipeline = false, answerTimeoutMs } = options;
      const client = new pg.Client({
        ...connection,
        pipeline,
        ...(answerTimeoutMs === undefined ? {} : { query_timeout: answerTimeoutMs }),
      });
      client.on('error', () => {});
      try {
        await client.connect();
      } catch (error) {
        throw classifyDatabaseError(error);
      }
      return client;
    },
    close() {
      closed ??= Promise.all([pool.end(), knex.destroy()]).then(() => {});
      return closed;
    },
  };
}

/** Names the database for people, without user or password: `localhost:5432/voltpile`. */
export function describeDatabase(config: DatabaseConfig): string {
  try {
    const url = new URL(config.url);
    return `${url.host || url.searchParams.get('host') || 'localhost'}${url.pathname}`;
  } catch {
    return 'the database';
  }
}

/** Errors of the operating system that mean: nobody there, or the line was cut. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * SQLSTATEs that mean "not now": connection exceptions (08), insufficient resources (53: too many connections, disk full), operator
 * intervention (57: cancelled, shutting down, crashed, starting up), system errors (58), and a server that has become a standby.
 */
const UNAVAILABLE_STATE = /^(?:08...|53...|57014|57P0[1-5]|58...|25006|25P03)$/;

/** What `pg`, `pg-pool`, knex and its pool say without a code. */
const UNAVAILABLE_MESSAGE =
  /^(?:Connection terminated|Connection ended|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Knex: Timeout acquiring a connection|Unable to acquire a connection|aborted$|The server does not support SSL)/;

const CONFLICT_STATES: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/**
 * Whether the error says that the database could not be asked, or could not answer, for reasons that have nothing to do with the question.
 * Whether a commit under way took place is then unknown: repeat with an idempotency key.
 */
export function isConnectionError(error: unknown): boolean {
  if (databaseUnavailable.is(error)) return true;
  if (!(error instanceof Error) || error instanceof VoltpileError) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && NETWORK_CODES.has(code)) return true;
  // The Unix socket is not there (yet, or any more).
  if (code === 'ENOENT' || code === 'EACCES') return syscall === 'connect';
  if (typeof code === 'string' && code.length === 5 && UNAVAILABLE_STATE.test(code)) return true;
  return UNAVAILABLE_MESSAGE.test(error.message);
}

/** Whether PostgreSQL gave up one of several transactions that stood in each other's way; the whole transaction may be repeated. */
export function isConflictError(error: unknown): boolean {
  if (databaseConflict.is(error)) return true;
  return error instanceof Error && CONFLICT_STATES.has(String((error as { code?: unknown }).code));
}

/** Turns what drivers throw into `database.unavailable` or `database.conflict`; anything else comes back as it is. */
export function classifyDatabaseError(error: unknown): unknown {
  if (error instanceof VoltpileError) return error;
  if (isConnectionError(error)) return databaseUnavailable({}, error);
  if (isConflictError(error)) return databaseConflict({}, error);
  return error;
}

/** Runs something that asks the database, with its errors classified by {@link classifyDatabaseError}. */
export async function withDatabaseErrors<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw classifyDatabaseError(error);
  }
}
