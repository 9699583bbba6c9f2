import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DomainEvent } from '@voltpile/csms/contract/events';
import type { CommandsPort, SitesPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { fromZero, type Metrics } from '@voltpile/platform/telemetry/metrics';
import type { FileContents, FilesPort } from '../contract/files.ts';
import { DiskStore } from './disk-store.ts';
import { createFileContents } from './file-contents.ts';
import { FileIntake } from './file-intake.ts';
import { createFilesService } from './files-service.ts';
import { followStations } from './follow-stations.ts';
import { createTransferHandler } from './http/transfer-handler.ts';
import { RequestCommands } from './request-commands.ts';
import type { FileSettings } from './settings.ts';
import { tidyFiles } from './tidy-files.ts';
import { TransferBudget } from './transfer-budget.ts';

export const noPublicUrl = defineError(
  'files.no_public_url',
  'Unavailable',
  'The server does not know yet under which address stations reach it.',
);

export interface FilesDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ports: { readonly sites: SitesPort; readonly stations: StationsPort; readonly commands: CommandsPort };
  readonly settings: FileSettings;
}

/** Where the transfer handler is mounted on the HTTP port; it is in the addresses that stations get, and secrets are masked by it. */
export const TRANSFERS_PATH = '/files';

export interface Files {
  readonly port: FilesPort;
  readonly contents: FileContents;
  /** Answers what stations send to {@link TRANSFERS_PATH}; the request's URL begins after that. Never rejects. */
  readonly transfers: (
    request: IncomingMessage,
    response: ServerResponse,
    facts: { readonly address: string },
  ) => Promise<void>;
  readonly jobs: readonly Job[];
  /** Takes events of the stations' domain, in order; see `FOLLOWED_EVENTS`. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  /** The address of the HTTP listener: where stations are sent when no other one is set. */
  setListenerUrl(url: string): void;
}

const SPEED_WINDOW_MS = 60_000;
const MAX_WRONG_TOKENS = 60;
/** An upload that hangs, and the one that is to take its place. */
const MAX_TRANSFERS_PER_KEY = 2;

/** Firmware for stations and files from them: kept on disk, moved by HTTP, followed by what the stations say. */
export function createFiles(dependencies: FilesDependencies): Files {
  const { database, clock, metrics, ports, settings } = dependencies;
  const { knex } = database;
  const logger = dependencies.logger.child({ component: 'files' });
  const disk = new DiskStore(settings.folder);
  const budget = new TransferBudget(() => settings.maxFileTransfers, MAX_TRANSFERS_PER_KEY);
  const intake = new FileIntake({ knex, clock, logger, disk, budget, settings });
  const speedLimit = {
    get minBytesPerSecond() {
      return settings.minTransferBytesPerSecond;
    },
    windowMs: settings.speedWindowMs ?? SPEED_WINDOW_MS,
  };
  let listenerUrl: string | undefined;

  metrics.gauge('voltpile_file_transfers', 'Files that are being fetched or put.', [], (gauge) =>
    gauge.set(budget.running),
  );
  const transfers = fromZero(
    metrics.counter('voltpile_file_transfers_total', 'Requests of stations for files, by direction and outcome.', [
      'direction',
      'outcome',
    ]),
    { direction: ['upload', 'download', 'none'], outcome: ['done', 'refused', 'failed'] },
  );

  const publicUrl = (): string => {
    const base = settings.publicUrl ?? listenerUrl;
    if (base === undefined) throw noPublicUrl();
    return `${base}${TRANSFERS_PATH}`;
  };
  const requestCommands = new RequestCommands({ knex, clock, logger, commands: ports.commands, publicUrl });

  return {
    port: createFilesService({
      knex,
      clock,
      disk,
      stations: ports.stations,
      requestCommands,
      tokenHours: () => settings.fileTokenHours,
      publicUrl,
    }),
    contents: createFileContents({ knex, logger, sites: ports.sites, disk, intake, budget, speedLimit }),
    transfers: createTransferHandler({
      knex,
      clock,
      logger,
      disk,
      intake,
      budget,
      speedLimit,
      maxWrongTokens: settings.maxWrongTokens ?? MAX_WRONG_TOKENS,
      transfers,
    }),
    jobs: [
      {
        name: 'operations.tidy-files',
        schedule: '23 * * * *',
        runAtStart: true,
        run: (signal) =>
          tidyFiles({ knex, clock, logger, disk, intake, abandonedAfterMs: settings.abandonedAfterMs ?? 0 }, signal),
      },
    ],
    follow: (events) => followStations({ knex, clock, requestCommands }, events),
    setListenerUrl(url) {
      listenerUrl = url;
    },
  };
}
