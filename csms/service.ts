import type { Clock } from '@voltpile/kernel/clock';
import { classifyDatabaseError, type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { COUNT_BUCKETS, type Histogram, type Metrics } from '@voltpile/platform/telemetry/metrics';
import { createIdTokensService } from './authorization/id-tokens.ts';
import { createOfflineRulesService } from './authorization/offline-rules-service.ts';
import { chargingLimitChanged } from './charging-profiles/charging-limit-changed.ts';
import { chargingProfilesReported } from './charging-profiles/charging-profiles-reported.ts';
import { createChargingProfilesService } from './charging-profiles/charging-profiles-service.ts';
import { endDueProfiles } from './charging-profiles/end-due.ts';
import { followProfileOutcome } from './charging-profiles/follow-outcome.ts';
import { chargingNeedsReported, chargingScheduleReported } from './charging-profiles/vehicle-plans.ts';
import { CommandRunner } from './commands/command-runner.ts';
import { createCommandsService } from './commands/commands-service.ts';
import { endOverdueCommands } from './commands/end-overdue.ts';
import { storeOutcome } from './commands/finish-command.ts';
import { isKeyRefused } from './commands/key-refused.ts';
import type { OutcomeFollower } from './commands/outcome-follower.ts';
import { startNamed } from './commands/start-named.ts';
import type { ChargingCurvesPort } from './contract/charging-curves-port.ts';
import type { ChargingProfilesPort } from './contract/charging-profiles-port.ts';
import type { CostsPort } from './contract/costs-port.ts';
import type { DeviceModelPort } from './contract/device-model-port.ts';
import type { EventsPort } from './contract/events.ts';
import type { FundsPort } from './contract/funds-port.ts';
import type { Epoch, StationKey } from './contract/ids.ts';
import type { LocalListsPort } from './contract/local-lists-port.ts';
import type { OfflineRulesPort } from './contract/offline-rules-port.ts';
import type {
  CommandsPort,
  IdTokensPort,
  SitesPort,
  StationsPort,
  TransactionsPort,
} from './contract/operator-ports.ts';
import type { ReservationsPort } from './contract/reservations-port.ts';
import type { StationLink } from './contract/station-link.ts';
import type { MessageOrigin, StationPort } from './contract/station-port.ts';
import type { StationTariffsPort } from './contract/station-tariff.ts';
import { CostDisplays, type CostDisplaysOptions } from './costs/cost-displays.ts';
import { createCosts } from './costs/costs-service.ts';
import { askForReports } from './device-model/ask-for-reports.ts';
import { deviceEventReported } from './device-model/device-event-reported.ts';
import { createDeviceModelService } from './device-model/device-model-service.ts';
import { deviceReported } from './device-model/device-reported.ts';
import { DeviceWriter } from './device-model/device-writer.ts';
import { followDeviceOutcome } from './device-model/follow-outcome.ts';
import { monitoringReported } from './device-model/monitoring-reported.ts';
import { endSilentReports } from './device-model/time-out-reports.ts';
import { followLocalList } from './local-lists/follow-outcome.ts';
import { keepListsInStep } from './local-lists/keep-in-step.ts';
import { ListSteps } from './local-lists/list-steps.ts';
import { createLocalListsService } from './local-lists/local-lists-service.ts';
import { readToldLimits } from './local-lists/told-limits.ts';
import { createEventsService } from './outbox/events-service.ts';
import { OutboxTail } from './outbox/outbox-tail.ts';
import { showUntakenEvents } from './outbox/show-untaken-events.ts';
import { BatchConnection, WRITER_CLIENT } from './persistence/batch-connection.ts';
import { reopenConnections, storeLastSeen } from './persistence/presence-repository.ts';
import { forgetSmartCharging } from './persistence/smart-charging-retention.ts';
import { GATEWAY_GONE, GATEWAY_RESTARTED } from './persistence/station-facts-repository.ts';
import { closeNodeConnections, dropNextKey, findNode, listOpenNodes } from './persistence/stations-repository.ts';
import { certificateRequested } from './reports/certificate-requested.ts';
import { dataTransferred } from './reports/data-transferred.ts';
import { factReported } from './reports/fact-reported.ts';
import { firmwareStatusChanged } from './reports/firmware-status-changed.ts';
import { logStatusChanged } from './reports/log-status-changed.ts';
import { progressBegins } from './reports/progress-begins.ts';
import { securityEventReported } from './reports/security-event-reported.ts';
import { endDueReservations } from './reservations/end-due.ts';
import { followReservationOutcome } from './reservations/follow-outcome.ts';
import { reservationEnded } from './reservations/reservation-ended.ts';
import { createReservationsService } from './reservations/reservations-service.ts';
import { ensureDefaults } from './sites/ensure-defaults.ts';
import { createSitesService } from './sites/sites-service.ts';
import { AdmissionBook } from './stations/admission-book.ts';
import { type AdmitDependencies, admit } from './stations/admit.ts';
import { type BootedDependencies, booted } from './stations/booted.ts';
import { connectorStatusChanged } from './stations/connector-status-changed.ts';
import { disconnected } from './stations/disconnected.ts';
import { LoginThrottle, type LoginThrottleOptions } from './stations/login-throttle.ts';
import { Presence } from './stations/presence.ts';
import { stationTariff, stationTariffTaken } from './stations/station-tariff.ts';
import { StationWriter } from './stations/station-writer.ts';
import { createStationsService } from './stations/stations-service.ts';
import { createChargingCurves } from './transactions/charging-curves.ts';
import { createTransactions } from './transactions/service.ts';

/** Read anew each time: an operator may change them meanwhile. */
export interface CsmsSettings {
  /** What happens to stations that nobody has registered. */
  readonly onboarding: 'pending' | 'accept' | 'reject';
  /** Unknown stations that may wait for approval at once (default 1000). */
  readonly maxPendingStations?: number;
  /** Of those, how many may have come from one address (default 250). */
  readonly maxPendingPerAddress?: number;
  readonly heartbeatIntervalSeconds: number;
  /** How long a command waits for its answer when its giver does not say. */
  readonly commandTimeoutSeconds: number;
  /** How long a start command's intent waits for its transaction (default 300). */
  readonly startIntentLifetimeSeconds?: number;
  /**
   * Whether stations are asked for their device model by themselves, when it is not known or their firmware has changed (default true).
   */
  readonly askForDeviceReports?: boolean;
  /** The server's secret: station keys are stored as HMAC under it. */
  readonly secret: Buffer;
  /** The zone of the site that the first start makes; by default this machine's. */
  readonly defaultTimeZone?: string;
  readonly throttle?: Partial<LoginThrottleOptions>;
  /** How often what a running charge costs is shown at its station. */
  readonly costDisplays?: Pick<CostDisplaysOptions, 'intervalMs'>;
}

export interface CsmsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: CsmsSettings;
  /** Absent: the sites' fallback policy decides who may charge. */
  readonly funds?: FundsPort | undefined;
  /** 0 ≤ x < 1; for tests. */
  readonly random?: () => number;
}

export interface Csms {
  readonly stationPort: StationPort;
  readonly operatorPorts: {
    readonly sites: SitesPort;
    readonly stations: StationsPort;
    readonly idTokens: IdTokensPort;
    readonly transactions: TransactionsPort;
    readonly commands: CommandsPort;
    readonly deviceModel: DeviceModelPort;
    readonly reservations: ReservationsPort;
    readonly chargingProfiles: ChargingProfilesPort;
    readonly events: EventsPort;
    readonly localLists: LocalListsPort;
    readonly offlineRules: OfflineRulesPort;
  };
  /** For the service that bills. */
  readonly billingPorts: {
    readonly curves: ChargingCurvesPort;
    readonly costs: CostsPort;
  };
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
  /** Which gateways hold which stations. */
  readonly connections: {
    /** The gateway that holds a connection, or held it last; null when the station has had another one since. */
    nodeOf(station: StationKey, epoch: Epoch): Promise<string | null>;
    /** Gateways that have connections open, as far as is known. */
    openNodes(): Promise<readonly string[]>;
    /**
     * A gateway does not answer: what it had open is closed, until a station is heard over its connection again.
     *
     * @returns how many connections that were
     */
    closeLostNode(nodeId: string): Promise<number>;
  };
  /** Follows the outbox; for relays to other services. */
  readonly outboxTail: OutboxTail;
  /** Gateway and domain know each other; the gateway is made second. */
  setLink(link: StationLink): void;
  /** The same for the service that knows prices. Without it stations are told none. */
  setStationTariffs(tariffs: StationTariffsPort): void;
  /** After the migrations and before a gateway listens: default organisation and site. */
  start(): Promise<void>;
  /** After the gateway has closed its sockets. Stores what was accepted. */
  stop(): Promise<void>;
}

const MAX_PENDING_STATIONS = 1000;
const MAX_PENDING_PER_ADDRESS = 250;
const START_INTENT_LIFETIME_SECONDS = 300;
/** Commands under way get so long to end when the service stops. */
const STOP_PATIENCE_MS = 5000;

/** The stations' domain: everything behind the station port, and what operators may ask of it. */
export function createCsms(dependencies: CsmsDependencies): Csms {
  const { database, clock, metrics, settings, funds } = dependencies;
  const { knex, pool } = database;
  const logger = dependencies.logger.child({ component: 'csms' });
  const startIntentLifetimeSeconds = settings.startIntentLifetimeSeconds ?? START_INTENT_LIFETIME_SECONDS;
  let link: StationLink | undefined;
  let stationTariffs: StationTariffsPort | undefined;

  const outboxTail = new OutboxTail({ pool, logger });
  showUntakenEvents(pool, metrics);
  const onEvents = (): void => outboxTail.poke();
  const displays = new CostDisplays({ clock, logger, link: () => link, ...settings.costDisplays });
  const costs = createCosts({ knex, logger, displays, onEvents });
  const transactions = createTransactions({
    database,
    clock,
    logger,
    metrics,
    funds,
    costs: costs.known,
    onCommitted: onEvents,
  });

  const batchConnection = (): BatchConnection =>
    new BatchConnection(() => database.dedicatedClient(WRITER_CLIENT), classifyDatabaseError);
  const batchSizes = batchSizeHistogram(metrics);
  const writer = new StationWriter({
    connection: batchConnection(),
    onCommit: (size) => {
      batchSizes.observe({ writer: 'stations' }, size);
      onEvents();
    },
  });
  const deviceWriter = new DeviceWriter({
    connection: batchConnection(),
    onCommit: (size) => {
      batchSizes.observe({ writer: 'devices' }, size);
      onEvents();
    },
  });
  const book = new AdmissionBook(batchConnection());
  const presence = new Presence({
    async store(seen) {
      await storeLastSeen(knex, seen);
      const count = await reopenConnections(knex, seen);
      if (count === 0) return;
      logger.info({ count }, 'a gateway that was thought to have ended is there: its connections are open again');
      onEvents();
    },
    logger,
  });

  const disconnect = (station: StationKey, epoch: Epoch, reason: string, nodeId?: string): void => {
    link?.disconnect(station, epoch, reason, nodeId).catch((err: unknown) => {
      logger.warn({ err, station, epoch }, 'a connection could not be closed');
    });
  };

  /** What fails here is done by the job that closes stale transactions. */
  const closeTransactions = async (station: StationKey): Promise<void> => {
    try {
      await transactions.closeAll(station);
    } catch (err) {
      logger.warn({ err, station }, 'the transactions of a removed station could not be closed yet');
    }
  };

  /** What capabilities store when commands have ended. */
  const followers: readonly OutcomeFollower[] = [
    followDeviceOutcome,
    followReservationOutcome,
    followProfileOutcome,
    progressBegins,
    followLocalList,
  ];
  const runner = new CommandRunner({
    clock,
    logger,
    link: () => link,
    finish: async ({ commandId, station, command, nextKeyHash }, outcome) => {
      await storeOutcome({ knex, clock, onEvents }, commandId, outcome, { station, command, followers });
      listSteps.afterCommand(station, command.action, outcome);
      if (nextKeyHash === null || !isKeyRefused(command, outcome)) return;
      await withDatabaseErrors(() => dropNextKey(knex, station, nextKeyHash));
    },
  });

  metrics.gauge('voltpile_station_facts_waiting', 'Station messages that wait for a database commit.', [], (gauge) =>
    gauge.set(writer.waiting),
  );
  metrics.gauge('voltpile_device_facts_waiting', 'Device reports that wait for a database commit.', [], (gauge) =>
    gauge.set(deviceWriter.waiting),
  );
  metrics.gauge('voltpile_commands_pending', 'Commands that wait for a station’s answer.', [], (gauge) =>
    gauge.set(runner.pending),
  );

  const admission: AdmitDependencies = {
    book,
    writer,
    throttle: new LoginThrottle(clock, settings.throttle),
    knex,
    clock,
    logger,
    settings: {
      get onboarding() {
        return settings.onboarding;
      },
      get heartbeatIntervalSeconds() {
        return settings.heartbeatIntervalSeconds;
      },
      maxPendingStations: settings.maxPendingStations ?? MAX_PENDING_STATIONS,
      maxPendingPerAddress: settings.maxPendingPerAddress ?? MAX_PENDING_PER_ADDRESS,
    },
    secret: settings.secret,
    onReplacedElsewhere: ({ station, replaced }) => {
      if (replaced === null) return;
      disconnect(station, replaced.epoch, 'the station has connected elsewhere', replaced.nodeId);
    },
  };
  const boot: BootedDependencies = {
    writer,
    clock,
    get heartbeatIntervalSeconds() {
      return settings.heartbeatIntervalSeconds;
    },
    random: dependencies.random ?? Math.random,
  };
  /** Whatever a station says shows that it is there. */
  const seen = ({ station, receivedAt, epoch }: MessageOrigin): void =>
    presence.seen(station, { at: receivedAt, epoch });
  const heard =
    <Report extends { readonly origin: MessageOrigin }, Answer>(handle: (report: Report) => Promise<Answer>) =>
    (report: Report): Promise<Answer> => {
      seen(report.origin);
      return handle(report);
    };

  const closeNode = async (nodeId: string, reason: string): Promise<number> => {
    const count = await withDatabaseErrors(() => closeNodeConnections(knex, nodeId, clock.now(), reason));
    if (count > 0) onEvents();
    return count;
  };

  const changes = { knex, onEvents };
  const stationPort: StationPort = {
    async admit(credentials) {
      const decision = await admit(admission, credentials);
      if (decision.outcome === 'admitted') presence.seen(decision.station, { at: clock.now(), epoch: decision.epoch });
      return decision;
    },
    async gatewayStarted(nodeId) {
      const count = await closeNode(nodeId, GATEWAY_RESTARTED);
      if (count > 0) logger.info({ nodeId, count }, 'closed connections that a gateway had left open');
    },
    disconnected: (station, epoch, reason) => disconnected({ writer, clock }, station, epoch, reason),
    async heartbeat(origin) {
      seen(origin);
    },
    booted: heard((report) => booted(boot, report)),
    authorize: heard((request) => transactions.authorize(request)),
    startNamed: (naming) => startNamed(knex, naming),
    connectorStatusChanged: heard((report) => connectorStatusChanged(writer, report)),
    transactionStarted: heard((report) => transactions.transactionStarted(report)),
    transactionUpdated: heard((report) => transactions.transactionUpdated(report)),
    transactionEnded: heard((report) => transactions.transactionEnded(report)),
    metered: heard((report) => transactions.metered(report)),
    firmwareStatusChanged: heard((report) => firmwareStatusChanged(writer, report)),
    logStatusChanged: heard((report) => logStatusChanged(writer, report)),
    securityEventReported: heard((report) => securityEventReported(writer, report)),
    certificateRequested: heard((report) => certificateRequested(writer, report)),
    dataTransferred: heard((report) => dataTransferred(writer, report)),
    chargingLimitChanged: heard((report) => chargingLimitChanged(changes, report)),
    chargingNeedsReported: heard((report) => chargingNeedsReported(changes, report)),
    chargingProfilesReported: heard((report) => chargingProfilesReported(changes, report)),
    chargingScheduleReported: heard((report) => chargingScheduleReported(changes, report)),
    deviceEventReported: heard((report) => deviceEventReported(deviceWriter, report)),
    deviceReported: heard((report) => deviceReported(deviceWriter, report)),
    factReported: heard((report) => factReported(writer, report)),
    async tariffAsked(origin) {
      seen(origin);
      return stationTariff({ knex, logger, tariffs: stationTariffs }, origin);
    },
    tariffTaken: heard((report) => stationTariffTaken({ knex, logger, tariffs: stationTariffs }, report)),
    monitoringReported: heard((report) => monitoringReported(deviceWriter, report)),
    reservationEnded: heard((report) => reservationEnded({ ...changes, writer }, report)),
  };

  const commands = createCommandsService({
    knex,
    clock,
    logger,
    funds,
    startIntentLifetimeSeconds,
    link: () => link,
    runner,
    get commandTimeoutSeconds() {
      return settings.commandTimeoutSeconds;
    },
    secret: settings.secret,
    onEvents,
  });

  const listSteps = new ListSteps({ knex, clock, logger, commands, readLimits: readToldLimits, onEvents });

  return {
    stationPort,
    operatorPorts: {
      sites: createSitesService(knex),
      stations: createStationsService({
        knex,
        clock,
        secret: settings.secret,
        disconnect,
        closeTransactions,
        onEvents,
      }),
      idTokens: createIdTokensService(knex),
      transactions: transactions.transactions,
      commands,
      deviceModel: createDeviceModelService({ knex, commands }),
      reservations: createReservationsService({ knex, commands }),
      chargingProfiles: createChargingProfilesService({ knex, commands }),
      events: createEventsService({ tail: outboxTail, knex, pool }),
      localLists: createLocalListsService({ knex, clock, steps: listSteps, readLimits: readToldLimits, onEvents }),
      offlineRules: createOfflineRulesService({ knex, commands }),
    },
    billingPorts: {
      curves: createChargingCurves(knex),
      costs: costs.port,
    },
    jobs: [
      ...transactions.jobs,
      {
        name: 'csms.end-overdue-commands',
        schedule: '*/30 * * * * *',
        runAtStart: true,
        run: async (signal) => {
          await endOverdueCommands({ knex, clock, logger, onEvents }, signal);
        },
      },
      {
        name: 'csms.keep-local-lists-in-step',
        schedule: '*/15 * * * * *',
        run: async (signal) => {
          await keepListsInStep({ knex, clock, logger, steps: listSteps }, signal);
        },
      },
      {
        name: 'csms.end-due-reservations',
        schedule: '*/15 * * * * *',
        run: async (signal) => {
          await endDueReservations({ knex, clock, onEvents }, signal);
        },
      },
      {
        name: 'csms.end-due-charging-profiles',
        schedule: '* * * * *',
        run: (signal) => endDueProfiles(knex, signal),
      },
      {
        name: 'csms.forget-smart-charging',
        schedule: '23 3 * * *',
        run: async (signal) => {
          const count = await withDatabaseErrors(() => forgetSmartCharging(knex, clock.now(), signal));
          if (count > 0) logger.info({ count }, 'removed charging profiles, limits and plans that were over long ago');
        },
      },
      {
        name: 'csms.time-out-device-reports',
        schedule: '* * * * *',
        run: async (signal) => {
          await endSilentReports({ knex, clock, logger, onEvents }, signal);
        },
      },
      {
        name: 'csms.ask-for-device-reports',
        schedule: '* * * * *',
        run: async (signal) => {
          if (settings.askForDeviceReports === false) return;
          await askForReports({ knex, clock, logger, commands }, signal);
        },
      },
    ],
    connections: {
      nodeOf: (station, epoch) => withDatabaseErrors(() => findNode(knex, station, epoch)),
      openNodes: () => withDatabaseErrors(() => listOpenNodes(knex)),
      closeLostNode: (nodeId) => closeNode(nodeId, GATEWAY_GONE),
    },
    outboxTail,
    setLink(given) {
      link = given;
    },
    setStationTariffs(given) {
      stationTariffs = given;
    },
    async start() {
      await ensureDefaults(knex, settings.defaultTimeZone);
      presence.start();
    },
    async stop() {
      displays.stop();
      await listSteps.stop();
      await runner.stop(STOP_PATIENCE_MS);
      await Promise.all([
        transactions.close(),
        writer.close(),
        deviceWriter.close(),
        book.close(),
        presence.stop(),
        outboxTail.stop(),
      ]);
    },
  };
}

/** The same for every writer; the first to come makes it. */
function batchSizeHistogram(metrics: Metrics): Histogram<'writer'> {
  const name = 'voltpile_commit_batch_size';
  const known = metrics.registry.getSingleMetric(name) as Histogram<'writer'> | undefined;
  return known ?? metrics.histogram(name, 'Messages that shared one database commit.', COUNT_BUCKETS, ['writer']);
}
