import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Role } from '@voltpile/platform/config/config';
import { startEmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { readPostmasterPid } from '@voltpile/platform/database/postgres-leftovers';
import { startNats, type TestNats } from '@voltpile/platform/testing/nats-server';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { type Exit, type Ready, type ServerProcess, spawnServer } from '@voltpile/server/testing/server-process';
import pg, { type QueryResultRow } from 'pg';
import { ApiClient } from './api-client.ts';
import type { ChargedServer } from './charged-server.ts';
import { eventually } from './eventually.ts';
import { ADMIN } from './server-process.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const RESTART_MS = 60_000;

/** One process of a cluster: killed and started again under the same name, with the same data folder. */
export interface ClusterNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly isRunning: boolean;
  /** Where it listens, or listened last. */
  readonly ready: Ready;
  readonly log: readonly string[];
  readonly dataDir: string;
  kill9(): Promise<void>;
  /** Asks it to stop, and expects it to do so properly. */
  stop(): Promise<void>;
  /** @param entry the program, from now on: another version (default: as before) */
  start(entry?: string): Promise<void>;
}

export interface ClusterPlan {
  /** By name: what each process does. */
  readonly nodes: Readonly<Record<string, readonly Role[]>>;
  /** How many brokers (default 1). */
  readonly brokers?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** A node whose way to the broker can be cut; with one broker only. */
  readonly cuttable?: string;
  /** What all run in place of this version. */
  readonly entry?: string;
  /** On a PostgreSQL of its own with fsync, which tests may kill, in place of the tests' own. */
  readonly ownPostgres?: boolean;
}

/** Voltpile in many processes, which meet over NATS, on one database. */
export class ClusterUnderTest implements ChargedServer, AsyncDisposable {
  readonly isCluster = true;
  readonly brokers: readonly TestNats[];
  readonly #nodes = new Map<string, Node>();
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #storage: Storage;
  /** The way of the node that can be cut. */
  readonly way: TcpProxy | undefined;
  readonly #cuttable: string | undefined;
  readonly #entry: string | undefined;
  #turn = 0;

  private constructor(facts: {
    readonly storage: Storage;
    readonly brokers: readonly TestNats[];
    readonly folder: string;
    readonly settings: Readonly<Record<string, string>>;
    readonly way: TcpProxy | undefined;
    readonly cuttable: string | undefined;
    readonly entry: string | undefined;
  }) {
    this.#storage = facts.storage;
    this.brokers = facts.brokers;
    this.#folder = facts.folder;
    this.#settings = facts.settings;
    this.way = facts.way;
    this.#cuttable = facts.cuttable;
    this.#entry = facts.entry;
  }

  /** @param natsServer the program, see `needsNatsServer` */
  static async start(natsServer: string, plan: ClusterPlan): Promise<ClusterUnderTest> {
    const { nodes, brokers = 1, settings = {}, cuttable } = plan;
    await using begun = new AsyncDisposableStack();
    const folder = await makeTemporaryFolder();
    begun.defer(() => removeFolder(folder));
    const storage = plan.ownPostgres === true ? await ownStorage(folder, begun) : await testStorage(begun);
    const made: TestNats[] = [];
    for (let index = 0; index < brokers; index++) {
      const broker = await startNats(natsServer, brokers === 1 ? {} : { routes: made.map((one) => one.clusterPort) });
      made.push(begun.use(broker));
    }
    const way = cuttable === undefined ? undefined : begun.use(await TcpProxy.start((made[0] as TestNats).port));
    const cluster = new ClusterUnderTest({
      storage,
      brokers: made,
      folder,
      settings: {
        NATS_URL: made.map(({ url }) => url).join(','),
        DATABASE_URL: storage.url,
        VOLTPILE_SECRET: randomUUID(),
        VOLTPILE_ADMIN_EMAIL: ADMIN.email,
        VOLTPILE_ADMIN_PASSWORD: ADMIN.password,
        VOLTPILE_ONBOARDING: 'accept',
        VOLTPILE_LOG_LEVEL: 'warn',
        ...settings,
      },
      way,
      cuttable,
      entry: plan.entry,
    });
    begun.defer(() => cluster.#stopNodes());
    await Promise.all(Object.entries(nodes).map(([name, roles]) => cluster.add(name, roles)));
    const resources = begun.move();
    cluster[Symbol.asyncDispose] = () => resources.disposeAsync();
    return cluster;
  }

  /** One process more. @param own settings of this one, above those of all */
  async add(name: string, roles: readonly Role[], own: Readonly<Record<string, string>> = {}): Promise<ClusterNode> {
    const settings = {
      ...this.#settings,
      VOLTPILE_ROLES: roles.join(','),
      VOLTPILE_DATA_DIR: join(this.#folder, name),
      ...(name === this.#cuttable && this.way !== undefined ? { NATS_URL: `nats://127.0.0.1:${this.way.port}` } : {}),
      ...own,
    };
    const node = new Node(name, roles, settings);
    this.#nodes.set(name, node);
    await node.start(this.#entry);
    return node;
  }

  node(name: string): ClusterNode {
    const node = this.#nodes.get(name);
    assert.ok(node !== undefined, `there is no node ${name}`);
    return node;
  }

  /** Those of a role, running or not. */
  of(role: Role): readonly ClusterNode[] {
    return [...this.#nodes.values()].filter((node) => node.roles.includes(role));
  }

  get http(): string {
    return this.#next('admin-api').http;
  }

  /** Of another gateway each time, as behind a load balancer. */
  get ocpp(): string {
    return this.#next('station-gateway').ocpp;
  }

  get ykc(): string {
    const { ykc } = this.#next('station-gateway');
    assert.ok(ykc !== undefined);
    return ykc;
  }

  get log(): readonly string[] {
    return [...this.#nodes.values()].flatMap(({ name, log }) => log.map((line) => `${name}: ${line}`));
  }

  login(): Promise<ApiClient> {
    return ApiClient.login(this.http, ADMIN.email, ADMIN.password);
  }

  async query<Row extends QueryResultRow>(statement: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#storage.pool.query<Row>(statement, values)).rows;
  }

  /** Ends PostgreSQL at once; it is started again by whoever watches over it. */
  async killPostgres(): Promise<void> {
    const { postmasterPid } = this.#storage;
    assert.ok(postmasterPid !== undefined, 'the cluster has no PostgreSQL of its own');
    const postmaster = await postmasterPid();
    process.kill(postmaster, 'SIGKILL');
    await eventually('another postmaster', async () => (await postmasterPid()) !== postmaster, RESTART_MS);
    await eventually('PostgreSQL answers', () => this.query('select 1'), RESTART_MS);
  }

  /** Where none runs, where one was: nobody answers there, as behind a load balancer. */
  #next(role: Role): Ready {
    const all = this.of(role);
    const running = all.filter(({ isRunning }) => isRunning);
    const candidates = running.length > 0 ? running : all;
    this.#turn += 1;
    const node = candidates[this.#turn % candidates.length];
    assert.ok(node !== undefined, `there is no ${role}`);
    return node.ready;
  }

  async #stopNodes(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopNodes();
  }
}

interface Storage {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Of one that may be killed. */
  readonly postmasterPid?: () => Promise<number>;
}

async function testStorage(resources: AsyncDisposableStack): Promise<Storage> {
  const { url, pool } = resources.use(await createTestDatabase());
  return { url, pool };
}

async function ownStorage(folder: string, resources: AsyncDisposableStack): Promise<Storage> {
  const postgresFolder = join(folder, 'postgres');
  const postgres = resources.use(await startEmbeddedPostgres({ folder: postgresFolder }));
  const { url } = postgres.connection();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // PostgreSQL is killed by the tests that ask for this one.
  pool.on('error', () => {});
  resources.defer(() => pool.end());
  const data = join(postgresFolder, 'data');
  return { url, pool, postmasterPid: () => eventually('a postmaster', () => readPostmasterPid(data)) };
}

class Node implements ClusterNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly #settings: Readonly<Record<string, string>>;
  readonly #earlierLog: string[] = [];
  #process: ServerProcess | undefined;
  #entry: string | undefined;
  #ready: Ready | undefined;
  #isReady = false;

  constructor(name: string, roles: readonly Role[], settings: Readonly<Record<string, string>>) {
    this.name = name;
    this.roles = roles;
    this.#settings = settings;
  }

  get isRunning(): boolean {
    const child = this.#process?.process;
    return this.#isReady && child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get ready(): Ready {
    assert.ok(this.#ready !== undefined, `${this.name} was never ready`);
    return this.#ready;
  }

  get dataDir(): string {
    return this.#settings.VOLTPILE_DATA_DIR ?? '';
  }

  get log(): readonly string[] {
    return [...this.#earlierLog, ...(this.#process?.stderr ?? [])];
  }

  async start(entry = this.#entry): Promise<void> {
    this.#entry = entry;
    this.#earlierLog.push(...(this.#process?.stderr ?? []));
    this.#isReady = false;
    this.#process = spawnServer(this.#settings, entry);
    this.#ready = await this.#process.ready;
    this.#isReady = true;
  }

  async kill9(): Promise<void> {
    await this.#process?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const exit: Exit | undefined = await this.#process?.kill('SIGTERM');
    assert.deepEqual(exit, { code: 0, signal: null }, this.log.join('\n'));
  }

  async end(): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
