import { join } from 'node:path';
import type { FirstAdministratorOutcome } from '@voltpile/admin-api/identity/first-administrator';
import { identityMigrations } from '@voltpile/admin-api/identity/migrations';
import { type AdminApi, createAdminApi } from '@voltpile/admin-api/service';
import { WEBHOOKS_PATH } from '@voltpile/billing/payment/http/webhook-handler';
import { billingMigrations } from '@voltpile/billing/persistence/migrations';
import { type Billing, createBilling } from '@voltpile/billing/service';
import type { FundsPort } from '@voltpile/csms/contract/funds-port';
import { OutboxRelay } from '@voltpile/csms/outbox/relay';
import { csmsMigrations } from '@voltpile/csms/persistence/migrations';
import { type Csms, createCsms } from '@voltpile/csms/service';
import type { Clock } from '@voltpile/kernel/clock';
import { TRANSFERS_PATH } from '@voltpile/operations/files/service';
import { operationsMigrations } from '@voltpile/operations/persistence/migrations';
import { createOperations } from '@voltpile/operations/service';
import type { Config } from '@voltpile/platform/config/config';
import type { Database } from '@voltpile/platform/database/connection';
import { migrateDatabase } from '@voltpile/platform/database/migrations';
import { createJobRunner, type JobRunner } from '@voltpile/platform/jobs/job-runner';
import { PLATFORM_MIGRATIONS } from '@voltpile/platform/jobs/migrations';
import { jsonPort } from '@voltpile/platform/ports/json-port';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import { isLoopbackHost } from '@voltpile/station-gateway/listeners/remote-address';
import { createOcpp16Dialect } from '@voltpile/station-gateway/protocols/ocpp16/dialect';
import { createOcpp201Dialect } from '@voltpile/station-gateway/protocols/ocpp201/dialect';
import { createStationGateway, type GatewayUrls, type StationGateway } from '@voltpile/station-gateway/service';
import type { GatewaySettings } from '@voltpile/station-gateway/settings';
import { createPiles } from './piles.ts';
import { checkReadiness } from './readiness.ts';

/** `json`: every call between rooms goes through JSON, as it will between processes. */
export type PortStyle = 'direct' | 'json';

export interface Ingredients {
  readonly config: Config;
  readonly secret: Buffer;
  readonly nodeId: string;
  readonly database: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly ports: PortStyle;
}

export interface Composition {
  readonly csms: Csms;
  readonly gateway: StationGateway;
  readonly adminApi: AdminApi;
  readonly jobs: JobRunner;
  readonly urls: { readonly http: string } & GatewayUrls;
  /** What became of the first administrator: holds a made-up password that is to be shown now and never again. */
  readonly administrator: FirstAdministratorOutcome;
}

/** Of the 25 s that a stop may take; the rest is PostgreSQL's. */
const GATEWAY_STOP_MS = 8_000;
const API_STOP_MS = 4_000;
/** Nobody waits for what follows from events by the millisecond; a busy outbox is read in larger pieces. */
const EVENTS_PAUSE_MS = 200;

/**
 * Migrates the database, makes the rooms, introduces them to each other, and opens the doors: the stations' last, when everything behind
 * is ready.
 *
 * @param resources takes over what is to be stopped: gateway first, then API, jobs and domain
 */
export async function compose(ingredients: Ingredients, resources: AsyncDisposableStack): Promise<Composition> {
  const { config, secret, nodeId, database, logger, metrics, clock } = ingredients;
  const across = ingredients.ports === 'json' ? jsonPort : <P extends object>(port: P): P => port;

  // First of all, since it may find its settings wrong.
  const piles = await createPiles(config, logger);

  const migrated = await migrateDatabase(database, [
    PLATFORM_MIGRATIONS,
    csmsMigrations,
    billingMigrations,
    operationsMigrations,
    identityMigrations,
  ]);
  if (migrated.length > 0) logger.info({ migrations: migrated }, 'the database was migrated');

  const csms: Csms = createCsms({
    database,
    clock,
    logger,
    metrics,
    nodeId,
    // Each of the two asks the other one; nobody is asked before both are there.
    funds: across({ reserve: (request) => billing.funds.reserve(request) } satisfies FundsPort),
    settings: {
      onboarding: config.onboarding,
      heartbeatIntervalSeconds: config.heartbeatIntervalSeconds,
      commandTimeoutSeconds: config.commandTimeoutSeconds,
      askForDeviceReports: config.askForDeviceReports,
      secret,
    },
  });
  resources.defer(() => csms.stop());

  const {
    sites,
    stations,
    idTokens,
    transactions,
    commands,
    deviceModel,
    reservations,
    chargingProfiles,
    events,
    localLists,
    offlineRules,
  } = csms.operatorPorts;
  const billing: Billing = createBilling({
    database,
    clock,
    logger,
    metrics,
    ports: {
      sites: across(sites),
      stations: across(stations),
      transactions: across(transactions),
      commands: across(commands),
      curves: across(csms.billingPorts.curves),
      costs: across(csms.billingPorts.costs),
    },
    settings: {
      mail: config.mail,
      stripe: config.stripe === null ? null : { ...config.stripe, timeoutMs: config.stripe.timeoutSeconds * 1000 },
      funds: {
        holdAmount: config.funds.holdAmount,
        minimumAmount: config.funds.minimumBalance,
        // A station that gets no answer in time is cut off: this leaves time to say no.
        cardWaitMs: Math.min(10, config.holdReplySeconds / 2) * 1000,
      },
    },
  });
  csms.setStationTariffs(across(billing.stationTariffs));
  resources.defer(() => billing.stop());

  const operations = createOperations({
    database,
    clock,
    logger,
    metrics,
    ports: { sites: across(sites), stations: across(stations), commands: across(commands) },
    settings: {
      files: {
        folder: join(config.dataDir, 'files'),
        publicUrl: config.publicUrl,
        maxFirmwareBytes: config.maxFirmwareBytes,
        maxLogFileBytes: config.maxLogFileBytes,
        maxFilesBytes: config.maxFilesBytes,
        maxFileTransfers: config.maxFileTransfers,
        minTransferBytesPerSecond: config.minTransferBytesPerSecond,
        fileTokenHours: config.fileTokenHours,
        logFileDays: config.logFileDays,
      },
      messageLog: { level: config.messageLog, keepDays: config.messageLogDays },
    },
  });
  resources.defer(() => operations.stop());

  const gateway = createStationGateway({
    port: across(csms.stationPort),
    // A station that offers several gets the newest.
    dialects: [await createOcpp201Dialect({ clock }), await createOcpp16Dialect({ clock })],
    settings: {
      host: config.host,
      port: config.ocppPort,
      tls: config.tls,
      allowUnauthenticated: config.allowUnauthenticated,
      trustedProxies: config.trustedProxies,
      pingIntervalSeconds: config.pingIntervalSeconds,
      idleTimeoutSeconds: config.stationIdleTimeoutSeconds,
      holdReplySeconds: config.holdReplySeconds,
      maxConnections: config.maxStationConnections,
      maxMessagesPerSecond: config.maxMessagesPerSecond,
      messageBurst: config.maxMessagesPerSecond * 2,
      maxFrameBytes: config.maxFrameBytes,
      versions: limitsByVersion(config.protocolLimits),
      compression: config.ocppCompression,
    },
    piles,
    logger: logger.child({ component: 'station-gateway' }),
    metrics: metrics.registry,
    clock,
    nodeId,
    exchanges: operations.messageLog.sink,
  });
  csms.setLink(across(gateway.link));
  await csms.start();
  await operations.start();
  await billing.start();

  const jobs = createJobRunner(
    database,
    [...csms.jobs, ...operations.jobs, ...billing.jobs],
    logger.child({ component: 'jobs' }),
  );
  resources.defer(() => jobs.stop());
  await jobs.start();

  const relayTo = (
    consumer: string,
    { followedEvents, follow }: Pick<Billing, 'followedEvents' | 'follow'>,
    startAt: 'now' | 'beginning',
  ): void => {
    const relay = new OutboxRelay({
      tail: csms.outboxTail,
      knex: database.knex,
      logger,
      consumer,
      types: followedEvents,
      deliver: follow,
      startAt,
      pauseMs: EVENTS_PAUSE_MS,
    });
    relay.start();
    resources.defer(() => relay.stop());
  };
  relayTo('operations', operations, 'now');
  relayTo('billing', billing, 'beginning');

  const adminApi = createAdminApi({
    host: config.host,
    port: config.httpPort,
    trustedProxies: config.trustedProxies,
    secret,
    knex: database.knex,
    ports: {
      sites: across(sites),
      stations: across(stations),
      idTokens: across(idTokens),
      transactions: across(transactions),
      commands: across(commands),
      deviceModel: across(deviceModel),
      reservations: across(reservations),
      chargingProfiles: across(chargingProfiles),
      events: across(events),
      messageLog: across(operations.messageLog.port),
      files: across(operations.files.port),
      localLists: across(localLists),
      offlineRules: across(offlineRules),
      tariffs: across(billing.tariffs),
      storedTariffs: across(billing.storedTariffs),
      tariffAssignments: across(billing.tariffAssignments),
      tariffDeliveries: across(billing.tariffDeliveries),
      accounts: across(billing.accounts),
      wallets: across(billing.wallets),
      ledger: across(billing.ledger),
      cdrs: across(billing.cdrs),
      settlements: across(billing.settlements),
      payments: across(billing.payments),
    },
    invoicing: { port: across(billing.invoices), documents: billing.invoiceDocuments },
    fileContents: operations.files.contents,
    mounts: [
      { path: TRANSFERS_PATH, handle: operations.files.transfers },
      ...(billing.paymentWebhooks === undefined ? [] : [{ path: WEBHOOKS_PATH, handle: billing.paymentWebhooks }]),
    ],
    firstAdministrator: { email: config.adminEmail ?? undefined, password: config.adminPassword ?? undefined },
    readiness: () => checkReadiness(database),
    metricsRegistry: metrics.registry,
    logger: logger.child({ component: 'admin-api' }),
    clock,
  });
  resources.defer(() => adminApi.stop(API_STOP_MS));
  const { http, administrator } = await adminApi.listen();
  operations.files.setListenerUrl(http);
  if (config.publicUrl === null && !isLoopbackHost(config.host)) {
    logger.warn(
      { url: http },
      'stations are told to fetch and put files at this address: set VOLTPILE_PUBLIC_URL to one they reach',
    );
  }

  resources.defer(() => gateway.stop(GATEWAY_STOP_MS));
  const urls = await gateway.listen();
  return { csms, gateway, adminApi, jobs, urls: { http, ...urls }, administrator };
}

/** A version that has a rate of its own has bursts of its own. */
function limitsByVersion(limits: Config['protocolLimits']): GatewaySettings['versions'] {
  return Object.fromEntries(
    Object.entries(limits).map(([version, own]) => [
      version,
      own.maxMessagesPerSecond === undefined ? own : { ...own, messageBurst: own.maxMessagesPerSecond * 2 },
    ]),
  );
}
