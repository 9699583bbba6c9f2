import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { CommandsPort, SitesPort, StationsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { ConditionSettings } from './alarms/conditions.ts';
import { type Alarms, createAlarms } from './alarms/service.ts';
import { FOLLOWED_EVENTS } from './files/follow-stations.ts';
import { createFiles, type Files } from './files/service.ts';
import type { FileSettings } from './files/settings.ts';
import { createLive, type Live } from './live/service.ts';
import { createMessageLog, type MessageLog, type MessageLogSettings } from './message-log/service.ts';

export interface OperationsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of the stations' domain. */
  readonly ports: {
    readonly sites: SitesPort;
    readonly stations: StationsPort;
    readonly transactions: TransactionsPort;
    readonly commands: CommandsPort;
  };
  readonly settings: {
    readonly files: FileSettings;
    readonly messageLog: MessageLogSettings;
    readonly alarms: ConditionSettings;
  };
}

export interface Operations {
  readonly files: Files;
  readonly messageLog: MessageLog;
  readonly live: Live;
  readonly alarms: Alarms;
  /** What is to be heard of the stations' domain. */
  readonly followedEvents: readonly DomainEventType[];
  /** Takes events of these types in order; resolves after what follows from them was stored. One that comes again changes nothing. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
  /** After the migrations. */
  start(): Promise<void>;
  /** Stores what was accepted. */
  stop(): Promise<void>;
}

/** What keeps the piles running, beside the stations' domain: it hears of stations only by events and contracts. */
export function createOperations(dependencies: OperationsDependencies): Operations {
  const { database, clock, metrics, ports, settings } = dependencies;
  const logger = dependencies.logger.child({ component: 'operations' });
  const files = createFiles({ database, clock, logger, metrics, ports, settings: settings.files });
  const messageLog = createMessageLog({ database, clock, logger, metrics, settings: settings.messageLog });
  const live = createLive({ knex: database.knex, clock, ports });
  const alarms = createAlarms({ knex: database.knex, clock, logger, settings: settings.alarms });
  return {
    files,
    messageLog,
    live,
    alarms,
    followedEvents: [...new Set([...FOLLOWED_EVENTS, ...live.followedEvents])],
    async follow(events) {
      await files.follow(events.filter(({ type }) => FOLLOWED_EVENTS.includes(type)));
      await live.follow(events.filter(({ type }) => live.followedEvents.includes(type)));
      alarms.poke();
    },
    jobs: [...files.jobs, ...messageLog.jobs, ...live.jobs, ...alarms.jobs],
    async start() {
      await messageLog.start();
      alarms.start();
    },
    async stop() {
      await alarms.stop();
      await messageLog.stop();
    },
  };
}
