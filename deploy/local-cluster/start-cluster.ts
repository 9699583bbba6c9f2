import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, ROLES, type Role } from '@voltpile/platform/config/config';
import { readServerSecret } from '@voltpile/platform/config/server-secret';
import { startEmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { freePort } from '@voltpile/platform/net/free-port';
import { prepareDataFolder } from '@voltpile/server/data-folder';
import { lockDataFolder } from '@voltpile/server/data-folder-lock';
import { type Balancer, startBalancer } from './balancer.ts';
import { type BrokerPlan, prepareBrokers } from './brokers.ts';
import type { ClusterOptions } from './options.ts';
import { WatchedProcess } from './watched-process.ts';

/** A line of the table that is shown. */
export interface Listing {
  readonly name: string;
  readonly pid: number | undefined;
  readonly addresses: readonly string[];
}

export interface LocalCluster {
  /** Of the balancers. */
  readonly urls: { readonly http: string; readonly ocpp: string; readonly ykc: string };
  readonly processes: readonly Listing[];
  /** How the first administrator logs in, when one was made up just now: to be shown now and never again. */
  readonly administrator: string | null;
  /** Stations' sockets first, the database last. */
  stop(): Promise<void>;
}

export interface StartClusterOptions extends ClusterOptions {
  readonly environment: Environment;
  /** Takes a line for whoever watches. */
  readonly say: (line: string) => void;
}

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.mjs');
const SHORT: Readonly<Record<Role, string>> = {
  'station-gateway': 'gateway',
  csms: 'csms',
  billing: 'billing',
  operations: 'operations',
  'admin-api': 'api',
};
/** A process ends within 25 s by itself. */
const PROCESS_STOP_MS = 28_000;
const BROKER_STOP_MS = 5_000;
const START_PATIENCE_MS = 60_000;
/** Two pools of ten, and connections of their own for those who wait for events. */
const CONNECTIONS_OF_A_PROCESS = 30;
/** Set here for each process, whatever the environment says. */
const OWN_SETTINGS = ['VOLTPILE_INTERNAL_URL', 'VOLTPILE_OCPP_TLS_PORT', 'VOLTPILE_YKC_TLS_PORT', 'VOLTPILE_HOST'];
/** Sockets are closed while those who answer are still there. */
const STOP_ORDER: readonly (readonly Role[])[] = [
  ['station-gateway'],
  ['admin-api'],
  ['billing', 'operations'],
  ['csms'],
];
const ADMINISTRATOR = /^The first administrator is /;

interface ProcessPlan {
  readonly name: string;
  readonly role: Role;
  readonly ports: Readonly<Partial<Record<'http' | 'ocpp' | 'ykc' | 'internal', number>>>;
}

/**
 * Starts all on 127.0.0.1: brokers, the database, the processes of each role, and the balancers in front of them. What was begun is ended when a
 * later step fails.
 *
 * @throws classified errors for what an operator can mend
 */
export async function startCluster(options: StartClusterOptions): Promise<LocalCluster> {
  const { dataDir, environment, say } = options;
  await using begun = new AsyncDisposableStack();
  await prepareDataFolder(dataDir);
  const lock = await lockDataFolder(dataDir);
  begun.defer(() => lock.release());
  const logs = join(dataDir, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });

  const databaseUrl = environment.DATABASE_URL || (await startDatabase(options, begun));
  const brokers = await startBrokers(options, logs, begun);
  const plans = await planProcesses(options.counts);
  const portsOf = (role: Role, port: 'http' | 'ocpp' | 'ykc'): number[] =>
    plans.flatMap((plan) => (plan.role === role ? (plan.ports[port] ?? []) : []));
  const balancers = {
    http: begun.use(await startBalancer(options.ports.http, portsOf('admin-api', 'http'))),
    ocpp: begun.use(await startBalancer(options.ports.ocpp, portsOf('station-gateway', 'ocpp'))),
    ykc: begun.use(await startBalancer(options.ports.ykc, portsOf('station-gateway', 'ykc'))),
  };
  const urls = {
    http: `http://127.0.0.1:${balancers.http.port}`,
    ocpp: `ws://127.0.0.1:${balancers.ocpp.port}/ocpp`,
    ykc: `tcp://127.0.0.1:${balancers.ykc.port}`,
  };
  const common = {
    VOLTPILE_PUBLIC_URL: urls.http,
    ...without(environment, OWN_SETTINGS),
    DATABASE_URL: databaseUrl,
    NATS_URL: brokers.url,
    VOLTPILE_SECRET: environment.VOLTPILE_SECRET || (await readServerSecret(dataDir, null)).toString('hex'),
  };
  const told = { administrator: null as string | null };
  const started = await startAll(plans, (plan) =>
    startProcess(plan, {
      dataDir,
      logs,
      common,
      say,
      onAdministrator: (line) => {
        told.administrator = line;
      },
    }),
  );
  for (const roles of STOP_ORDER.toReversed()) {
    begun.defer(() => endAll(started.filter((_, index) => roles.includes(plans[index]?.role as Role))));
  }
  closeFirst(begun, Object.values(balancers));
  const resources = begun.move();
  let stopped: Promise<void> | undefined;
  return {
    urls,
    processes: [
      ...brokers.running.map(({ process, port }) => ({
        name: process.name,
        pid: process.pid,
        addresses: [`nats://127.0.0.1:${port}`],
      })),
      ...started.map(({ name, pid }, index) => ({ name, pid, addresses: addressesOf(plans[index]?.ports ?? {}) })),
    ],
    administrator: told.administrator,
    stop() {
      stopped ??= resources.disposeAsync();
      return stopped;
    },
  };
}

function closeFirst(resources: AsyncDisposableStack, balancers: readonly Balancer[]): void {
  resources.defer(() => {
    for (const balancer of balancers) balancer.close();
  });
}

/** PostgreSQL, supervised by us: its own processes end when we do. */
async function startDatabase({ dataDir, counts, say }: StartClusterOptions, resources: AsyncDisposableStack) {
  const processes = ROLES.reduce((sum, role) => sum + (role === 'station-gateway' ? 0 : counts[role]), 0);
  const log = createWriteStream(join(dataDir, 'logs', 'postgres.log'), { flags: 'a', mode: 0o600 });
  const postgres = await startEmbeddedPostgres({
    folder: join(dataDir, 'postgres'),
    settings: { max_connections: String(Math.max(100, processes * CONNECTIONS_OF_A_PROCESS + 20)) },
    log: (line, level) => {
      log.write(`${line}\n`);
      if (level === 'warn') say(`postgres: ${line}`);
    },
  });
  resources.use(postgres);
  return postgres.connection().url;
}

async function startBrokers(
  { dataDir, brokers: count, say }: StartClusterOptions,
  logs: string,
  resources: AsyncDisposableStack,
) {
  const plans: BrokerPlan[] = [];
  for (let number = 1; number <= count; number++) {
    plans.push({ name: `nats-${number}`, port: await freePort(), clusterPort: await freePort() });
  }
  const { brokers, url } = await prepareBrokers(dataDir, plans);
  const running = await startAll(brokers, ({ name, command }) =>
    WatchedProcess.start({
      name,
      command,
      environment: { PATH: process.env.PATH },
      isReady: (line) => line.includes('Server is ready'),
      startPatienceMs: START_PATIENCE_MS,
      stopPatienceMs: BROKER_STOP_MS,
      onLine: appender(join(logs, `${name}.log`)),
      onTrouble: (what) => say(`${name}: ${what}`),
    }),
  );
  resources.defer(() => endAll(running));
  return { url, running: running.map((process, index) => ({ process, port: plans[index]?.port ?? 0 })) };
}

async function planProcesses(counts: ClusterOptions['counts']): Promise<ProcessPlan[]> {
  const plans: ProcessPlan[] = [];
  for (const role of ROLES) {
    for (let number = 1; number <= counts[role]; number++) {
      const ports = {
        internal: await freePort(),
        ...(role === 'admin-api' ? { http: await freePort() } : {}),
        ...(role === 'station-gateway' ? { ocpp: await freePort(), ykc: await freePort() } : {}),
      };
      plans.push({ name: `${SHORT[role]}-${number}`, role, ports });
    }
  }
  return plans;
}

async function startProcess(
  { name, role, ports }: ProcessPlan,
  facts: {
    readonly dataDir: string;
    readonly logs: string;
    readonly common: Environment;
    readonly say: (line: string) => void;
    readonly onAdministrator: (line: string) => void;
  },
): Promise<WatchedProcess> {
  const { dataDir, logs, common, say, onAdministrator } = facts;
  const folder = join(dataDir, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (role === 'operations') await shareFiles(dataDir, folder);
  const write = appender(join(logs, `${name}.log`));
  return WatchedProcess.start({
    name,
    command: [process.execPath, MAIN],
    environment: {
      ...common,
      VOLTPILE_ROLES: role,
      VOLTPILE_DATA_DIR: folder,
      VOLTPILE_INTERNAL_PORT: String(ports.internal),
      VOLTPILE_HTTP_PORT: String(ports.http ?? 0),
      VOLTPILE_OCPP_PORT: String(ports.ocpp ?? 0),
      VOLTPILE_YKC_PORT: String(ports.ykc ?? 0),
      // What has no fixed port may take any: balancers do not lead there.
      VOLTPILE_OCPP_TLS_PORT: '0',
      VOLTPILE_YKC_TLS_PORT: '0',
    },
    isReady: (line) => line.startsWith('voltpile ready '),
    startPatienceMs: START_PATIENCE_MS,
    stopPatienceMs: PROCESS_STOP_MS,
    // The password is for the screen, not for a file.
    onLine: (line) => (ADMINISTRATOR.test(line) ? onAdministrator(line) : write(line)),
    onTrouble: (what) => say(`${name}: ${what}`),
  });
}

/** Whichever of them is asked, it finds every file. */
async function shareFiles(dataDir: string, folder: string): Promise<void> {
  await mkdir(join(dataDir, 'files'), { recursive: true, mode: 0o700 });
  await symlink(join('..', 'files'), join(folder, 'files')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** All at once; when one fails, the others are ended. */
async function startAll<P, T extends AsyncDisposable>(
  plans: readonly P[],
  start: (plan: P) => Promise<T>,
): Promise<T[]> {
  const results = await Promise.allSettled(plans.map(start));
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await endAll(running);
  throw failed.reason;
}

async function endAll(running: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
}

function addressesOf(ports: ProcessPlan['ports']): string[] {
  const scheme = { http: 'http', ocpp: 'ws', ykc: 'tcp', internal: 'http' } as const;
  return (['http', 'ocpp', 'ykc', 'internal'] as const).flatMap((port) => {
    const number = ports[port];
    if (number === undefined) return [];
    return [
      `${scheme[port]}://127.0.0.1:${number}${port === 'ocpp' ? '/ocpp' : port === 'internal' ? '/metrics' : ''}`,
    ];
  });
}

function appender(file: string): (line: string) => void {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A log that cannot be written is no reason to end what it tells of.
  stream.on('error', () => {});
  return (line) => void stream.write(`${line}\n`);
}

function without(environment: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}
