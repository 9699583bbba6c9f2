import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Role } from '@voltpile/platform/config/config';
import { startNats, type TestNats } from '@voltpile/platform/testing/nats-server';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { type Exit, type Ready, type ServerProcess, spawnServer } from '@voltpile/server/testing/server-process';
import type { QueryResultRow } from 'pg';
import { ApiClient } from './api-client.ts';
import type { ChargedServer } from './durability-scenarios.ts';
import { ADMIN } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** One process of a cluster: killed and started again under the same name, with the same data folder. */
export interface ClusterNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly isRunning: boolean;
  readonly ready: Ready;
  readonly log: readonly string[];
  kill9(): Promise<void>;
  /** Asks it to stop, and expects it to do so properly. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ClusterPlan {
  /** By name: what each process does. */
  readonly nodes: Readonly<Record<string, readonly Role[]>>;
  /** How many brokers (default 1). */
  readonly brokers?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Voltpile in many processes, which meet over NATS, on one database. */
export class ClusterUnderTest implements ChargedServer, AsyncDisposable {
  readonly database: TestDatabase;
  readonly brokers: readonly TestNats[];
  readonly #nodes = new Map<string, Node>();
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #turn = 0;

  private constructor(
    database: TestDatabase,
    brokers: readonly TestNats[],
    folder: string,
    settings: Readonly<Record<string, string>>,
  ) {
    this.database = database;
    this.brokers = brokers;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** @param natsServer the program, see `needsNatsServer` */
  static async start(
    natsServer: string,
    { nodes, brokers = 1, settings = {} }: ClusterPlan,
  ): Promise<ClusterUnderTest> {
    await using begun = new AsyncDisposableStack();
    const folder = await makeTemporaryFolder();
    begun.defer(() => removeFolder(folder));
    const database = begun.use(await createTestDatabase());
    const made: TestNats[] = [];
    for (let index = 0; index < brokers; index++) {
      const broker = await startNats(natsServer, brokers === 1 ? {} : { routes: made.map((one) => one.clusterPort) });
      made.push(begun.use(broker));
    }
    const cluster = new ClusterUnderTest(database, made, folder, {
      NATS_URL: made.map(({ url }) => url).join(','),
      DATABASE_URL: database.url,
      VOLTPILE_SECRET: randomUUID(),
      VOLTPILE_ADMIN_EMAIL: ADMIN.email,
      VOLTPILE_ADMIN_PASSWORD: ADMIN.password,
      VOLTPILE_ONBOARDING: 'accept',
      VOLTPILE_LOG_LEVEL: 'warn',
      ...settings,
    });
    begun.defer(() => cluster.#stopNodes());
    await Promise.all(Object.entries(nodes).map(([name, roles]) => cluster.add(name, roles)));
    const resources = begun.move();
    cluster[Symbol.asyncDispose] = () => resources.disposeAsync();
    return cluster;
  }

  /** One process more. */
  async add(name: string, roles: readonly Role[]): Promise<ClusterNode> {
    const settings = {
      ...this.#settings,
      VOLTPILE_ROLES: roles.join(','),
      VOLTPILE_DATA_DIR: join(this.#folder, name),
    };
    const node = new Node(name, roles, settings);
    this.#nodes.set(name, node);
    await node.start();
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
    return (await this.database.pool.query<Row>(statement, values)).rows;
  }

  #next(role: Role): Ready {
    const running = this.of(role).filter(({ isRunning }) => isRunning);
    this.#turn += 1;
    const node = running[this.#turn % running.length];
    assert.ok(node !== undefined, `no ${role} runs`);
    return node.ready;
  }

  async #stopNodes(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopNodes();
  }
}

class Node implements ClusterNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly #settings: Readonly<Record<string, string>>;
  readonly #earlierLog: string[] = [];
  #process: ServerProcess | undefined;
  #ready: Ready | undefined;

  constructor(name: string, roles: readonly Role[], settings: Readonly<Record<string, string>>) {
    this.name = name;
    this.roles = roles;
    this.#settings = settings;
  }

  get isRunning(): boolean {
    const child = this.#process?.process;
    return this.#ready !== undefined && child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get ready(): Ready {
    assert.ok(this.#ready !== undefined, `${this.name} was never ready`);
    return this.#ready;
  }

  get log(): readonly string[] {
    return [...this.#earlierLog, ...(this.#process?.stderr ?? [])];
  }

  async start(): Promise<void> {
    this.#earlierLog.push(...(this.#process?.stderr ?? []));
    this.#ready = undefined;
    this.#process = spawnServer(this.#settings);
    this.#ready = await this.#process.ready;
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
