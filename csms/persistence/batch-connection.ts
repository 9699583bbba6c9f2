import type { Writable } from 'node:stream';
import type { Client, QueryResult } from 'pg';

/** One prepared statement: planned once per connection, by its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** One statement with its values, to be sent in a pipeline. */
export interface BatchQuery {
  readonly statement: Statement;
  readonly values: unknown[];
}

/**
 * How a writer wants its client: a batch that is not answered within a minute is given up with its connection, and stations send again.
 * Locks and slow disks take seconds at the most.
 */
export const WRITER_CLIENT = { pipeline: true, answerTimeoutMs: 60_000 } as const;

/** Makes a pg client that is connected and in pipeline mode. Throws `database.unavailable` while there is no database. */
export type ConnectClient = () => Promise<Client>;

/**
 * Every statement of a writer finds its rows by key. A plan that is made while a table is empty would read it from end to end, and, being
 * cached, would go on doing so when it has grown: these settings leave the planner only index look-ups, and one plan a statement.
 */
const PLAN_BY_KEY = `set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off;
  set plan_cache_mode = force_generic_plan; set jit = off`;

/**
 * The own connection of a writer. Statements go out as a pipeline: all at once, answers in order, so that a whole transaction costs one
 * or two round trips. After a failure that leaves the connection in doubt it is closed, and the next use makes a new one.
 */
export class BatchConnection {
  readonly #connect: ConnectClient;
  readonly #classify: (error: unknown) => unknown;
  #client: Client | undefined;

  /** @param classify maps a driver error to a classified one (database away, conflict, or itself) */
  constructor(connect: ConnectClient, classify: (error: unknown) => unknown) {
    this.#connect = connect;
    this.#classify = classify;
  }

  /**
   * Runs the body in one transaction. The body's first pipeline shares its round trip with BEGIN, its `finish` with COMMIT.
   */
  async transaction<T>(body: (transaction: BatchTransaction) => Promise<T>): Promise<T> {
    const client = await this.#use();
    const transaction = new BatchTransaction(client);
    try {
      const result = await body(transaction);
      if (!transaction.finished) throw new Error('a batch transaction ended without finish()');
      return result;
    } catch (error) {
      await this.#afterFailure(client, transaction.finished);
      throw this.#classify(error);
    }
  }

  /** Statements that need no transaction of their own, in one round trip. */
  async pipeline(queries: readonly BatchQuery[]): Promise<QueryResult[]> {
    const client = await this.#use();
    try {
      return await send(client, queries);
    } catch (error) {
      await this.#afterFailure(client, true);
      throw this.#classify(error);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #use(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    let client: Client;
    try {
      client = await this.#connect();
      await client.query(PLAN_BY_KEY);
    } catch (error) {
      throw this.#classify(error);
    }
    const forget = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    this.#client = client;
    return client;
  }

  /** Rolls back what is open; a connection that cannot even do that is dropped. */
  async #afterFailure(client: Client, finished: boolean): Promise<void> {
    if (this.#client !== client) return;
    if (finished) return;
    try {
      await client.query('rollback');
    } catch {
      this.#client = undefined;
      client.end().catch(() => {});
    }
  }
}

/** See {@link BatchConnection.transaction}. */
export class BatchTransaction {
  readonly #client: Client;
  #begun = false;
  finished = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /** One round trip; results in order. The first error rejects. */
  async pipeline(queries: readonly BatchQuery[]): Promise<QueryResult[]> {
    if (this.#begun) return send(this.#client, queries);
    this.#begun = true;
    const sent = inOneWrite(this.#client, (): Promise<unknown>[] => [
      this.#client.query('begin'),
      send(this.#client, queries),
    ]);
    const [, results] = await settleAll(sent);
    return results as QueryResult[];
  }

  /** The last statements and COMMIT in one round trip. */
  async finish(queries: readonly BatchQuery[]): Promise<QueryResult[]> {
    const open = this.#begun ? [] : ['begin'];
    this.#begun = true;
    const pending = inOneWrite(this.#client, (): Promise<unknown>[] => [
      ...open.map((begin) => this.#client.query(begin)),
      send(this.#client, queries),
      // COMMIT of a transaction that has failed answers ROLLBACK; the failed statement's own error is the one to tell.
      this.#client.query('commit'),
    ]);
    this.finished = true;
    const results = await settleAll(pending);
    return results[results.length - 2] as QueryResult[];
  }
}

function send(client: Client, queries: readonly BatchQuery[]): Promise<QueryResult[]> {
  return settleAll(
    inOneWrite(client, () =>
      queries.map(({ statement: { name, text }, values }) => client.query({ name, text, values })),
    ),
  );
}

/** The driver writes each query to the socket by itself: half of a small batch's cost. Corked, they leave together. */
function inOneWrite<T>(client: Client, query: () => T): T {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  stream.cork();
  try {
    return query();
  } finally {
    stream.uncork();
  }
}

/** Like Promise.all, but waits for all of them before it rejects, so that nothing of the pipeline is left in flight. */
async function settleAll<T>(promises: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
}
