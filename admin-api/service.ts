import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { AccountsPort } from '@voltpile/billing/contract/accounts';
import type { CdrsPort } from '@voltpile/billing/contract/cdr';
import type { InvoiceDocuments, InvoicesPort } from '@voltpile/billing/contract/invoices';
import type { LedgerPort } from '@voltpile/billing/contract/ledger';
import type { PaymentsPort } from '@voltpile/billing/contract/payments';
import type { ReceivedPaymentsPort } from '@voltpile/billing/contract/received-payments';
import type { SettlementsPort } from '@voltpile/billing/contract/settlement';
import type { StoredTariffsPort } from '@voltpile/billing/contract/stored-tariffs';
import type { TariffAssignmentsPort } from '@voltpile/billing/contract/tariff-assignments';
import type { TariffDeliveriesPort } from '@voltpile/billing/contract/tariff-deliveries';
import type { TariffsPort } from '@voltpile/billing/contract/tariffs-port';
import type { WalletsPort } from '@voltpile/billing/contract/wallets';
import type { ChargingProfilesPort } from '@voltpile/csms/contract/charging-profiles-port';
import type { DeviceModelPort } from '@voltpile/csms/contract/device-model-port';
import type { EventsPort } from '@voltpile/csms/contract/events';
import type { LocalListsPort } from '@voltpile/csms/contract/local-lists-port';
import type { OfflineRulesPort } from '@voltpile/csms/contract/offline-rules-port';
import type {
  CommandsPort,
  IdTokensPort,
  SitesPort,
  StationsPort,
  TransactionsPort,
} from '@voltpile/csms/contract/operator-ports';
import type { ReservationsPort } from '@voltpile/csms/contract/reservations-port';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { AlarmsPort } from '@voltpile/operations/contract/alarms';
import type { FileContents, FilesPort } from '@voltpile/operations/contract/files';
import type { LivePort } from '@voltpile/operations/contract/live';
import type { MessageLogPort } from '@voltpile/operations/contract/message-log';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { JobService, JobsPort } from '@voltpile/platform/jobs/jobs-port';
import { openPort } from '@voltpile/platform/net/open-port';
import type { StoragePort } from '@voltpile/platform/storage/storage-port';
import type { Knex } from 'knex';
import { createApp, type Mount } from './http/app.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { EventStreams } from './http/event-streams.ts';
import { IdempotencyKeys } from './http/idempotency.ts';
import type { ApiLogger } from './http/logger.ts';
import { buildOpenApi } from './http/openapi.ts';
import { RateLimit } from './http/rate-limit.ts';
import type { Route } from './http/route.ts';
import { AccessTokens } from './identity/access-tokens.ts';
import { AuditIntents } from './identity/audit-intents.ts';
import { AuditLog } from './identity/audit-log.ts';
import { MIN_SECRET_BYTES } from './identity/derive-key.ts';
import {
  ensureFirstAdministrator,
  type FirstAdministratorOptions,
  type FirstAdministratorOutcome,
} from './identity/first-administrator.ts';
import { Login } from './identity/login.ts';
import { LoginThrottle } from './identity/login-throttle.ts';
import { createArgon2Hasher, type PasswordHasher } from './identity/password-hasher.ts';
import { Sessions } from './identity/sessions.ts';
import { Users } from './identity/users.ts';
import manifest from './package.json' with { type: 'json' };
import { accountGroupRoutes } from './routes/account-groups.ts';
import { accountRoutes } from './routes/accounts.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { auditLogRoutes } from './routes/audit-log.ts';
import { authRoutes } from './routes/auth.ts';
import { cdrRoutes } from './routes/cdrs.ts';
import { chargingProfileRoutes } from './routes/charging-profiles.ts';
import { commandRoutes } from './routes/commands.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { eventRoutes } from './routes/events.ts';
import { firmwareFileRoutes } from './routes/firmware-files.ts';
import { firmwareUpdateRoutes } from './routes/firmware-updates.ts';
import { healthRoutes, type MetricsRegistry, type Readiness } from './routes/health.ts';
import { idTokenRoutes } from './routes/id-tokens.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { jobRoutes } from './routes/jobs.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { liveRoutes } from './routes/live.ts';
import { localListRoutes } from './routes/local-lists.ts';
import { logRequestRoutes } from './routes/log-requests.ts';
import { messageLogRoutes } from './routes/message-log.ts';
import { offlineRulesRoutes } from './routes/offline-rules.ts';
import { organizationRoutes } from './routes/organizations.ts';
import { paymentRoutes } from './routes/payments.ts';
import { receivedPaymentRoutes } from './routes/received-payments.ts';
import { reservationRoutes } from './routes/reservations.ts';
import { type PlatformView, serviceRoutes } from './routes/services.ts';
import { type SettingsView, settingsRoutes } from './routes/settings.ts';
import { settlementRoutes } from './routes/settlements.ts';
import { siteRoutes } from './routes/sites.ts';
import { stationFileRoutes } from './routes/station-files.ts';
import { stationVariableRoutes } from './routes/station-variables.ts';
import { stationRoutes } from './routes/stations.ts';
import { storageRoutes } from './routes/storage.ts';
import { storedTariffRoutes } from './routes/stored-tariffs.ts';
import { tariffAssignmentRoutes } from './routes/tariff-assignments.ts';
import { tariffDeliveryRoutes } from './routes/tariff-deliveries.ts';
import { tariffRoutes } from './routes/tariffs.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { userRoutes } from './routes/users.ts';

export interface AdminApiOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Addresses and networks of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  /** The server's secret, at least 32 bytes. Keys for tokens and stored answers are derived from it. */
  readonly secret: Buffer;
  /** On a database whose schema `identity` is migrated (`identityMigrations`). */
  readonly knex: Knex;
  readonly ports: {
    readonly sites: SitesPort;
    readonly stations: StationsPort;
    readonly idTokens: IdTokensPort;
    readonly transactions: TransactionsPort;
    readonly commands: CommandsPort;
    readonly deviceModel: DeviceModelPort;
    readonly reservations: ReservationsPort;
    readonly chargingProfiles: ChargingProfilesPort;
    readonly events: EventsPort;
    readonly messageLog: MessageLogPort;
    readonly live: LivePort;
    readonly alarms: AlarmsPort;
    readonly jobs: Readonly<Record<JobService, JobsPort>>;
    readonly storage: Readonly<Record<JobService, StoragePort>>;
    readonly files: FilesPort;
    readonly localLists: LocalListsPort;
    readonly offlineRules: OfflineRulesPort;
    readonly tariffs: TariffsPort;
    readonly storedTariffs: StoredTariffsPort;
    readonly tariffAssignments: TariffAssignmentsPort;
    readonly tariffDeliveries: TariffDeliveriesPort;
    readonly accounts: AccountsPort;
    readonly wallets: WalletsPort;
    readonly receivedPayments: ReceivedPaymentsPort;
    readonly ledger: LedgerPort;
    readonly cdrs: CdrsPort;
    readonly settlements: SettlementsPort;
    readonly payments: PaymentsPort;
  };
  /** Absent: nobody issues invoices here. */
  readonly invoicing: { readonly port: InvoicesPort; readonly documents: InvoiceDocuments };
  /** The contents of files, which do not go through ports. */
  readonly fileContents: FileContents;
  /** Who there is in the cluster, and who was. */
  readonly platform: PlatformView;
  /** The settings in the database, and what counts of them. */
  readonly settings: SettingsView;
  /** What else is served on this port. */
  readonly mounts?: readonly Mount[];
  readonly firstAdministrator: FirstAdministratorOptions;
  /** Asked at most once a second. */
  readonly readiness: () => Promise<Readiness>;
  readonly metricsRegistry: MetricsRegistry;
  readonly logger: ApiLogger;
  readonly clock: Clock;
  /** For tests; people's passwords are argon2id in production, at a cost that is no setting. */
  readonly passwordHasher?: PasswordHasher;
  readonly limits?: AdminApiLimits;
}

export interface AdminApiLimits {
  /** Requests of one user (default 5,000 in 10 s). */
  readonly requestsPerUser?: { readonly points: () => number; readonly seconds: number };
  /** Open sockets (default 10,000). */
  readonly connections?: number;
  /** Longest silence of an event stream (default 15 s). */
  readonly heartbeatMs?: number;
  /** How often the sessions of open event streams are looked at (default 5 s). */
  readonly sessionCheckMs?: number;
  /** How long the body of a request may take, files apart (default 30 s). */
  readonly bodyTimeMs?: number;
}

export interface AdminApi {
  /**
   * Makes the first administrator when there is no user, then listens.
   *
   * @returns where it can be reached, and what became of the first administrator: a made-up password in it has to be shown to the
   *   operator now, it is not kept anywhere
   * @throws FailedPrecondition `http.cannot_listen`; InvalidArgument `identity.bad_first_administrator`; Unavailable `database.unavailable`
   */
  listen(): Promise<{ readonly http: string; readonly administrator: FirstAdministratorOutcome }>;
  /**
   * Ends event streams at once, takes no new connections, lets running requests finish, and cuts what is left.
   *
   * @param deadlineMs how long running requests may take, in milliseconds from now
   */
  stop(deadlineMs: number): Promise<void>;
}

export const cannotListen = defineError(
  'http.cannot_listen',
  'FailedPrecondition',
  'Cannot listen on {host}:{port}: {reason}.',
);
export const weakSecret = defineError(
  'config.weak_secret',
  'InvalidArgument',
  'The server secret must have at least {bytes} bytes.',
);

const REFRESHES_PER_ADDRESS = { points: 600, seconds: 60 };
const UPKEEP_INTERVAL_MS = 600_000;

/**
 * Builds the API gateway. Nothing is opened before `listen`.
 *
 * @throws InvalidArgument `config.weak_secret`, `config.bad_trusted_proxies`
 */
export function createAdminApi(options: AdminApiOptions): AdminApi {
  const { knex, clock, logger, ports, secret, limits = {} } = options;
  if (secret.length < MIN_SECRET_BYTES) throw weakSecret({ bytes: MIN_SECRET_BYTES });
  const hasher = options.passwordHasher ?? createArgon2Hasher();
  const sessions = new Sessions(knex, clock);
  const users = new Users(knex, clock, hasher, sessions);
  const audit = new AuditLog(knex, clock);
  const intents = new AuditIntents({ knex, clock, audit, logger });
  const accessTokens = new AccessTokens(secret, clock, sessions);
  const login = new Login({ knex, clock, hasher, users, sessions, accessTokens, audit });
  const idempotency = new IdempotencyKeys(knex, clock, secret);
  const streams = new EventStreams({
    events: ports.events,
    clock,
    logger,
    callers: (sessionIds) => sessions.callers(sessionIds),
    heartbeatMs: limits.heartbeatMs ?? 15_000,
    sessionCheckMs: limits.sessionCheckMs ?? 5000,
  });
  let stopping = false;
  const routes: Route[] = [
    ...authRoutes({
      login,
      throttle: new LoginThrottle(),
      refreshes: new RateLimit(() => REFRESHES_PER_ADDRESS.points, REFRESHES_PER_ADDRESS.seconds),
    }),
    ...organizationRoutes(ports.sites),
    ...siteRoutes(ports.sites),
    ...stationRoutes(ports.stations),
    ...commandRoutes(ports.commands, ports.stations),
    ...stationVariableRoutes(ports.deviceModel, ports.commands),
    ...reservationRoutes(ports.reservations),
    ...chargingProfileRoutes(ports.chargingProfiles),
    ...idTokenRoutes(ports.idTokens),
    ...localListRoutes(ports.localLists),
    ...offlineRulesRoutes(ports.offlineRules),
    ...tariffRoutes(ports.tariffs, ports.storedTariffs),
    ...storedTariffRoutes(ports.storedTariffs),
    ...tariffAssignmentRoutes(ports.tariffAssignments),
    ...tariffDeliveryRoutes(ports.tariffDeliveries),
    ...accountRoutes(ports.accounts, ports.wallets),
    ...receivedPaymentRoutes(ports.receivedPayments),
    ...accountGroupRoutes(ports.accounts),
    ...ledgerRoutes(ports.ledger),
    ...cdrRoutes(ports.cdrs),
    ...settlementRoutes(ports.settlements),
    ...paymentRoutes(ports.payments),
    ...transactionRoutes(ports.transactions),
    ...invoiceRoutes(options.invoicing.port, options.invoicing.documents),
    ...liveRoutes(ports.live),
    ...alarmRoutes(ports.alarms),
    ...jobRoutes(ports.jobs),
    ...storageRoutes(ports.storage),
    ...messageLogRoutes(ports.messageLog, ports.stations),
    ...firmwareFileRoutes(ports.files, options.fileContents),
    ...firmwareUpdateRoutes(ports.files),
    ...logRequestRoutes(ports.files),
    ...stationFileRoutes(ports.files, options.fileContents),
    ...eventRoutes(streams),
    ...userRoutes(users, ports.sites),
    ...auditLogRoutes(audit),
    ...serviceRoutes(options.platform),
    ...settingsRoutes(options.settings),
    ...healthRoutes({
      readiness: options.readiness,
      metricsRegistry: options.metricsRegistry,
      stopping: () => stopping,
    }),
    ...documentationRoutes(() => openApi),
  ];
  const openApi = JSON.stringify(buildOpenApi(routes, manifest.version));
  const perUser = limits.requestsPerUser ?? { points: () => 5000, seconds: 10 };
  const app = createApp({
    routes,
    mounts: options.mounts ?? [],
    bodyTimeMs: limits.bodyTimeMs ?? 30_000,
    trustedProxies: options.trustedProxies,
    logger,
    stopping: () => stopping,
    authenticate: createAuthenticate(accessTokens),
    perUser: new RateLimit(perUser.points, perUser.seconds),
    idempotency,
    audit,
    intents,
  });
  const server = createHttpServer(limits.connections ?? 10_000);
  server.on('request', (request, response) => {
    // A connection that is kept alive would otherwise hold up the stop until the client lets go of it.
    response.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    app(request, response);
  });

  const repairAudit = async (): Promise<void> => {
    try {
      const count = await intents.repair();
      if (count > 0) logger.warn({ count }, 'the audit log has entries now that could not be written in time');
    } catch (error) {
      logger.error({ err: error }, 'entries are missing in the audit log and could not be added');
    }
  };
  let upkeep: NodeJS.Timeout | undefined;
  const purgeOld = async (): Promise<void> => {
    try {
      await sessions.purge();
      await idempotency.purge();
    } catch (error) {
      logger.warn({ err: error }, 'expired sessions and keys could not be removed');
    }
  };

  return {
    async listen() {
      const administrator = await withDatabaseErrors(() =>
        ensureFirstAdministrator({ knex, users, hasher, audit }, options.firstAdministrator),
      );
      if (administrator.kind === 'exists' && administrator.ignoredPassword) {
        logger.warn(
          {},
          'the first administrator exists already: the given password is not used and nothing was changed; change passwords through the API',
        );
      }
      await login.prepare();
      const { host, port } = options;
      const opened = await openPort(server, {
        host,
        port,
        cannotListen: (reason, cause) => cannotListen({ host, port, reason }, cause),
        onError: (err) => logger.error({ err }, 'the HTTP server has a problem'),
      });
      await repairAudit();
      upkeep = setInterval(() => {
        void purgeOld();
        void repairAudit();
      }, UPKEEP_INTERVAL_MS).unref();
      return { http: urlOf(opened), administrator };
    },
    async stop(deadlineMs) {
      stopping = true;
      clearInterval(upkeep);
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
      server.closeIdleConnections();
      // Not waited for: a stream that hangs in the database is cut with its connection.
      void streams.close();
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Limits on everything that a client may take its time with. Event streams are answers, which no timeout ends. */
function createHttpServer(connections: number): Server {
  const server = createServer({
    headersTimeout: 10_000,
    // Files take their time; for all other bodies see `body-time.ts`.
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 5000,
    maxHeaderSize: 16_384,
  });
  server.maxConnections = connections;
  server.maxHeadersCount = 100;
  return server;
}

/** An address that a browser on this machine can be pointed to, also when all interfaces are bound. */
function urlOf({ address, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
