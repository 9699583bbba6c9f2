import type { FirstAdministratorOutcome } from '@voltpile/admin-api/identity/first-administrator';
import type { Readiness } from '@voltpile/admin-api/routes/health';
import type { AdminApi } from '@voltpile/admin-api/service';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import type { Billing } from '@voltpile/billing/service';
import type { Csms } from '@voltpile/csms/service';
import { MESSAGE_LOG_FEED_PORT } from '@voltpile/operations/contract/ports';
import { TRANSFERS_PATH } from '@voltpile/operations/files/service';
import type { Operations } from '@voltpile/operations/service';
import type { Role } from '@voltpile/platform/config/config';
import { SettingsDesk } from '@voltpile/platform/config/settings-desk';
import { SettingsStore } from '@voltpile/platform/config/settings-store';
import type { JobRunner } from '@voltpile/platform/jobs/job-runner';
import { Directory } from '@voltpile/platform/registry/directory';
import type { NodeIdentity } from '@voltpile/platform/registry/instances';
import { hearFarewells } from '@voltpile/platform/registry/leave';
import type { Registry } from '@voltpile/platform/registry/registry';
import { ServiceHistory } from '@voltpile/platform/registry/service-history';
import { isLoopbackHost } from '@voltpile/station-gateway/listeners/remote-address';
import type { GatewayUrls, StationGateway } from '@voltpile/station-gateway/service';
import type { ClusterMember } from './cluster.ts';
import type { Databases } from './databases.ts';
import type { ClusterEntry } from './enter-cluster.ts';
import { tellLoss } from './exchange/gateway-losses.ts';
import { type InternalMount, internalKey } from './exchange/internal-server.ts';
import { mountFileContents, mountHandler, remoteFileContents, remoteHandler } from './exchange/remote-http.ts';
import { RemoteMessageLog } from './exchange/remote-message-log.ts';
import { startJobs } from './jobs.ts';
import { migrate } from './migrations.ts';
import { createPiles } from './piles.ts';
import { leaveRegistry } from './registry.ts';
import { makeAdminApi } from './roles/admin-api.ts';
import { makeBilling, offerBilling } from './roles/billing.ts';
import { makeCsms, offerCsms, startRelays } from './roles/csms.ts';
import { type Ingredients, roleNeedsDatabase, type StoringIngredients } from './roles/ingredients.ts';
import { makeOperations, offerOperations } from './roles/operations.ts';
import { makeStationGateway } from './roles/station-gateway.ts';
import type { AllSettings } from './settings/settings.ts';

export interface ComposeOptions extends Ingredients {
  /** null: nothing is kept here. */
  readonly storage: { readonly databases: Databases; readonly secret: Buffer } | null;
  /** null: this process is alone. */
  readonly member: ClusterMember | null;
  /** The place in the cluster, which is taken once the databases are migrated; null: this process is alone. */
  readonly entry: ClusterEntry | null;
  /** Given when the process is to stop. */
  readonly stopping: AbortSignal | undefined;
  readonly settings: AllSettings;
  readonly registry: Registry;
  readonly identity: NodeIdentity;
  readonly readiness: () => Promise<Readiness>;
  /** Where what other processes may ask for is mounted. */
  readonly internalMounts: InternalMount[];
}

/** The rooms of this process. Those of roles that it does not have throw when they are asked for. */
export interface Composition {
  readonly csms: Csms;
  readonly gateway: StationGateway;
  readonly adminApi: AdminApi;
  readonly jobs: JobRunner;
  /** Where it listens; a listener that is off, or of a role that runs elsewhere, is absent. */
  readonly urls: { readonly http?: string } & Partial<GatewayUrls>;
  /** What became of the first administrator: holds a made-up password that is to be shown now and never again. */
  readonly administrator: FirstAdministratorOutcome | null;
}

/** Of the 25 s that a stop may take once the stations are drained; the rest is PostgreSQL's. */
const GATEWAY_STOP_MS = 8_000;
const API_STOP_MS = 4_000;

/**
 * Migrates the database, makes the rooms of this process's roles, introduces them to each other and to the other processes, and opens the doors: the
 * stations' last, when everything behind is ready.
 *
 * @param resources takes over what is to be stopped: gateway first, then API, jobs and domain
 */
export async function compose(options: ComposeOptions, resources: AsyncDisposableStack): Promise<Composition> {
  const { config, storage, member, logger } = options;
  const has = (role: Role): boolean => config.roles.includes(role);
  const storing = (role: Role): StoringIngredients => {
    const kept = storage?.databases.all.find(({ roles }) => roles.includes(role));
    if (storage === null || kept === undefined) throw roleNeedsDatabase({ role });
    return { ...options, secret: storage.secret, database: kept.database };
  };

  // First of all, since it may find its settings wrong.
  const piles = has('station-gateway') ? await createPiles(config, options.live, logger) : undefined;
  for (const kept of storage?.databases.all ?? []) await migrate(kept, logger);
  await options.entry?.settle();

  const csms = has('csms') ? makeCsms(storing('csms'), member?.bus ?? null, resources) : undefined;
  const billing = has('billing') ? makeBilling(storing('billing'), resources) : undefined;
  const operations = has('operations') ? makeOperations(storing('operations'), resources) : undefined;
  const gateway = has('station-gateway')
    ? await makeStationGateway(options, { piles, exchanges: exchangesOf(options, operations, resources) }, resources)
    : undefined;

  // What is offered may be asked from now on, by this process and by others.
  await csms?.start();
  if (csms !== undefined) offerCsms(storing('csms'), csms);
  await operations?.start();
  if (operations !== undefined) {
    offerOperations(storing('operations'), operations);
    options.internalMounts.push(
      mountFileContents(operations.files.contents),
      mountHandler(TRANSFERS_PATH, operations.files.transfers),
    );
  }
  await billing?.start();
  if (billing !== undefined) {
    offerBilling(storing('billing'), billing);
    if (billing.paymentWebhooks !== undefined) {
      options.internalMounts.push(mountHandler(WEBHOOKS_PATH, billing.paymentWebhooks));
    }
  }

  const platform = storage?.databases.platform ?? null;
  const history = platform === null ? null : new ServiceHistory(platform.knex, options.clock);
  if (history !== null && member !== null) resources.defer(hearFarewells(member.bus, history, logger));
  const jobs =
    storage === null
      ? undefined
      : await startJobs(storage.databases, { csms, billing, operations, history }, options, resources);
  if (csms !== undefined) startRelays(storing('csms'), csms, resources);

  const adminApi =
    has('admin-api') && history !== null
      ? makeApi(storing('admin-api'), member, {
          billing,
          operations,
          readiness: options.readiness,
          platform: { registry: options.registry, history },
          settings: options.settings,
        })
      : undefined;
  const listening = adminApi === undefined ? undefined : await listen(adminApi, resources);
  if (listening !== undefined) operations?.files.setListenerUrl(listening.http);
  if (options.live.publicUrl === null && has('operations') && !isLoopbackHost(config.host)) {
    logger.warn(
      { url: listening?.http ?? null },
      'stations are told to fetch and put files at this address: set VOLTPILE_PUBLIC_URL to one they reach',
    );
  }

  resources.defer(() => leaveRegistry({ ...options, history }));
  // Others get no more answers from here; what is in hand is finished first.
  if (member !== null) resources.defer(() => stopServices(member));
  const stopGateway = async () => gateway?.stop(GATEWAY_STOP_MS, config.drainSeconds * 1000);
  resources.defer(stopGateway);
  const { stopping } = options;
  // It waits for csms, which may never come. How the stop ends is seen when the resources are let go.
  stopping?.addEventListener('abort', () => void stopGateway().catch(() => {}), { once: true });
  if (stopping?.aborted) await stopGateway();
  if (gateway !== undefined && member !== null) tellLoss(member.bus, options.nodeId);
  const stationUrls = await gateway?.listen();
  return {
    get csms() {
      return present(csms, 'csms');
    },
    get gateway() {
      return present(gateway, 'station-gateway');
    },
    get adminApi() {
      return present(adminApi, 'admin-api');
    },
    get jobs() {
      return present(jobs, 'jobs');
    },
    urls: { ...(listening === undefined ? {} : { http: listening.http }), ...stationUrls },
    administrator: listening?.administrator ?? null,
  };
}

function present<T>(room: T | undefined, role: string): T {
  if (room === undefined) throw new Error(`${role} does not run in this process`);
  return room;
}

/** Where the gateway tells messages for the log: the log itself, or whoever keeps it. */
function exchangesOf(
  { exchange, live, member, logger, metrics }: ComposeOptions,
  operations: Operations | undefined,
  resources: AsyncDisposableStack,
) {
  if (operations !== undefined) return operations.messageLog.sink;
  if (member === null) return undefined;
  const log = new RemoteMessageLog({
    feed: exchange.get(MESSAGE_LOG_FEED_PORT),
    defaultLevel: () => live.messageLog,
    logger,
    metrics,
  });
  log.start();
  resources.defer(() => log.stop());
  return log;
}

/** With what is kept by other roles: here, or fetched from where they run. */
function makeApi(
  ingredients: StoringIngredients,
  member: ClusterMember | null,
  {
    billing,
    operations,
    readiness,
    platform,
    settings,
  }: {
    readonly billing: Billing | undefined;
    readonly operations: Operations | undefined;
    readonly readiness: () => Promise<Readiness>;
    readonly platform: { readonly registry: Registry; readonly history: ServiceHistory };
    readonly settings: AllSettings;
  },
): AdminApi {
  const directory = new Directory(platform.registry);
  const remote = (service: Role) => {
    if (member === null) throw new Error(`nobody has the role ${service}`);
    return { directory, service, key: internalKey(ingredients.secret) };
  };
  const webhooks = billing === undefined ? remoteHandler(remote('billing'), WEBHOOKS_PATH) : billing.paymentWebhooks;
  return makeAdminApi(ingredients, {
    fileContents: operations?.files.contents ?? remoteFileContents(remote('operations')),
    mounts: [
      {
        path: TRANSFERS_PATH,
        handle: operations?.files.transfers ?? remoteHandler(remote('operations'), TRANSFERS_PATH),
      },
      ...(webhooks === undefined ? [] : [{ path: WEBHOOKS_PATH, handle: webhooks }]),
    ],
    readiness,
    platform,
    settings: new SettingsDesk(settings, new SettingsStore(ingredients.database.knex, ingredients.clock)),
  });
}

async function listen(adminApi: AdminApi, resources: AsyncDisposableStack) {
  resources.defer(() => adminApi.stop(API_STOP_MS));
  return adminApi.listen();
}

async function stopServices({ services }: ClusterMember): Promise<void> {
  await Promise.all([...services.values()].map((service) => service.stop()));
}
