import { randomInt } from 'node:crypto';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { StationsPort, StationView } from '@voltpile/csms/contract/operator-ports';
import { type Clock, type Instant, instant, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Knex } from 'knex';
import type { FilesPort, FirmwareUpdateInput, LogRequestInput } from '../contract/files.ts';
import type { DiskStore } from './disk-store.ts';
import { displayName, urlName } from './file-names.ts';
import { kindOfLog } from './log-kinds.ts';
import {
  deleteFile,
  type FileRow,
  findFile,
  insertStationFile,
  listFirmwareRows,
  listStationFileRows,
  readFilesOfRequests,
  type StationPlace,
  toFirmwareView,
  toStationFileView,
} from './persistence/files-repository.ts';
import {
  isFetchable,
  lastLogCommand,
  listRequests,
  type RequestRow,
  toFirmwareUpdateView,
  toLogRequestView,
} from './persistence/requests-repository.ts';
import { logPayload, type RequestCommands, uploadLocation } from './request-commands.ts';
import { makeToken } from './transfer-token.ts';

export const fileNotFound = defineError('file.not_found', 'NotFound', 'There is no file {fileId}.');
export const fileInUse = defineError(
  'file.in_use',
  'Conflict',
  'A station may still fetch file {fileId}; remove it with force to break that off.',
);
export const fileNotComplete = defineError(
  'file.not_complete',
  'FailedPrecondition',
  'File {fileId} is {status}: there is nothing to fetch.',
);
export const badSignature = defineError(
  'firmware.bad_signature',
  'InvalidArgument',
  'A signed update needs both the signature and the signing certificate.',
);
export const badTime = defineError('firmware.bad_time', 'InvalidArgument', '{field} must be {expected}.');
export const logTypeNotSupported = defineError(
  'log.type_not_supported',
  'FailedPrecondition',
  'Station {stationId} cannot give its {logType}.',
);

const FIRMWARE = 'firmware';
const UPDATES = 'firmware-updates';
const LOG_REQUESTS = 'log-requests';
const STATION_FILES = 'station-files';
const MAX_DAYS_AHEAD = 90;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MAX_FILES_SHOWN = 20;
/** 31 bits, and never 0, which some firmware takes for none. */
const MAX_NUMBER = 2_147_483_647;

export interface FilesServiceOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly disk: DiskStore;
  readonly stations: StationsPort;
  readonly requestCommands: RequestCommands;
  readonly tokenHours: () => number;
  /** Where stations reach `/files`, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** Files and the requests that move them, as operators see them. */
export function createFilesService(options: FilesServiceOptions): FilesPort {
  const { knex, clock, disk, stations, requestCommands, tokenHours, publicUrl } = options;

  const locate = async (
    scope: AccessScope,
    stationId: string,
  ): Promise<{ readonly station: StationView; readonly place: StationPlace }> => {
    const station = await stations.get(scope, stationId);
    const { organizationId, siteId, id } = station;
    return {
      station,
      place: { organizationId, siteId, stationId: id, stationKey: await stations.keyOf(scope, stationId) },
    };
  };

  const firmware = async (scope: AccessScope, id: Uuid): Promise<FileRow> => {
    const row = isUuid(id) ? await withDatabaseErrors(() => findFile(knex, scope, id, 'firmware')) : undefined;
    if (row === undefined) throw fileNotFound({ fileId: id });
    return row;
  };

  const begin = (
    from: Instant,
  ): {
    readonly id: Uuid;
    readonly number: number;
    readonly token: string;
    readonly hash: Buffer;
    readonly until: Instant;
  } => {
    const { token, hash } = makeToken();
    return {
      id: uuidv7(),
      number: randomInt(1, MAX_NUMBER),
      token,
      hash,
      until: instant(from + tokenHours() * HOUR_MS),
    };
  };

  return {
    async listFirmware(scope, page) {
      const { limit, after } = readPage(FIRMWARE, page);
      const rows = await withDatabaseErrors(() => listFirmwareRows(knex, scope, after, limit + 1));
      return makePage(FIRMWARE, rows.map(toFirmwareView), limit);
    },

    async getFirmware(scope, id) {
      return toFirmwareView(await firmware(scope, id));
    },

    async removeFirmware(scope, id, { force }) {
      await firmware(scope, id);
      await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const row = await findFile(trx, scope, id, 'firmware', { lock: true });
          if (row === undefined) throw fileNotFound({ fileId: id });
          if (!force && (await isFetchable(trx, id, clock.now()))) throw fileInUse({ fileId: id });
          await deleteFile(trx, id);
        }),
      );
      // A crash in between leaves a content that nobody knows; the job that tidies up removes it.
      await disk.remove(id);
    },

    async startFirmwareUpdate(scope, stationId, input, requestedBy) {
      const { place } = await locate(scope, stationId);
      const times = checkUpdate(input, clock.now());
      const file = await firmware(scope, input.fileId);
      if (file.status !== 'complete') throw fileNotComplete({ fileId: file.id, status: file.status });
      const { id, number, token, hash, until } = begin(times.retrieveAt);
      const { signature, signingCertificate, retries, retryIntervalSeconds } = input;
      const signed = signature !== undefined;
      const retrieveAt = toIso(times.retrieveAt);
      const installAt = times.installAt === null ? null : toIso(times.installAt);
      const { command, row } = await requestCommands.start(
        scope,
        {
          id,
          kind: 'firmware-update',
          place,
          number,
          file: { id: file.id, name: file.name },
          detail: { signed, retrieveAt, installAt },
          tokenHash: hash,
          tokenExpiresAt: until,
          requestedBy,
          createdAt: clock.now(),
        },
        {
          action: signed ? 'update-signed-firmware' : 'update-firmware',
          payload: {
            requestId: number,
            location: `${publicUrl()}/download/${token}/${urlName(file.name)}`,
            retrieveAt,
            ...(installAt === null ? {} : { installAt }),
            ...(signed ? { signature, signingCertificate } : {}),
            ...(retries === undefined ? {} : { retries }),
            ...(retryIntervalSeconds === undefined ? {} : { retryIntervalSeconds }),
          },
        },
        async () => {},
      );
      return { command, update: toFirmwareUpdateView(row) };
    },

    async listFirmwareUpdates(scope, stationId, page) {
      const { limit, after } = readPage(UPDATES, page);
      const { place } = await locate(scope, stationId);
      const rows = await withDatabaseErrors(() =>
        listRequests(knex, scope, 'firmware-update', place.stationId, after, limit + 1),
      );
      return makePage(UPDATES, rows.map(toFirmwareUpdateView), limit);
    },

    async requestLog(scope, stationId, input, requestedBy) {
      const { station, place } = await locate(scope, stationId);
      const before = await withDatabaseErrors(() => lastLogCommand(knex, place.stationKey, place.stationId));
      const action = logCommandOf(station, input, before);
      const { id, number, token, hash, until } = begin(clock.now());
      const createdAt = clock.now();
      const detail = {
        logType: input.logType,
        oldest: input.oldest ?? null,
        latest: input.latest ?? null,
        retries: input.retries ?? null,
        retryIntervalSeconds: input.retryIntervalSeconds ?? null,
        command: action,
        otherwise: station.capabilities.includes('get-diagnostics'),
      };
      const { command, row } = await requestCommands.start(
        scope,
        {
          id,
          kind: 'log-request',
          place,
          number,
          file: null,
          detail,
          tokenHash: hash,
          tokenExpiresAt: until,
          requestedBy,
          createdAt,
        },
        { action, payload: logPayload(action, number, uploadLocation(publicUrl(), token), detail) },
        (trx) =>
          insertStationFile(trx, {
            id: uuidv7(),
            kind: kindOfLog(input),
            place,
            requestId: id,
            name: displayName(null),
            status: 'expected',
            createdAt,
          }),
      );
      const [request] = await withFiles(knex, [row]);
      return { command, request: request as NonNullable<typeof request> };
    },

    async listLogRequests(scope, stationId, page) {
      const { limit, after } = readPage(LOG_REQUESTS, page);
      const { place } = await locate(scope, stationId);
      const rows = await withDatabaseErrors(() =>
        listRequests(knex, scope, 'log-request', place.stationId, after, limit + 1),
      );
      return makePage(LOG_REQUESTS, await withFiles(knex, rows), limit);
    },

    async listStationFiles(scope, filter, page) {
      const { limit, after } = readPage(STATION_FILES, page);
      if (filter.stationId?.includes('\u0000')) return { items: [], nextCursor: null };
      const rows = await withDatabaseErrors(() => listStationFileRows(knex, scope, filter, after, limit + 1));
      return makePage(STATION_FILES, rows.map(toStationFileView), limit);
    },
  };
}

/** Requests with the files that have come, the newest last. */
async function withFiles(knex: Knex, rows: readonly RequestRow[]): Promise<ReturnType<typeof toLogRequestView>[]> {
  const ids = rows.map(({ id }) => id);
  const files = await withDatabaseErrors(() => readFilesOfRequests(knex, ids));
  return rows.map((row) => {
    const own = files.filter((file) => file.request_id === row.id && file.completed_at !== null);
    return toLogRequestView(row, own.slice(-MAX_FILES_SHOWN).map(toStationFileView));
  });
}

/**
 * The command by which that station gives that log: GetLog where there is a choice, unless it did not know that the last time. Before its first
 * connection nobody knows, and the station is offline anyway.
 */
function logCommandOf(
  { id, protocol, capabilities }: StationView,
  { logType }: LogRequestInput,
  before: string | undefined,
): 'get-log' | 'get-diagnostics' {
  const hasOlder = logType === 'DiagnosticsLog' && capabilities.includes('get-diagnostics');
  if (hasOlder && before === 'get-diagnostics') return 'get-diagnostics';
  if (protocol === null || capabilities.includes('get-log')) return 'get-log';
  if (!hasOlder) throw logTypeNotSupported({ stationId: id, logType });
  return 'get-diagnostics';
}

function checkUpdate(
  input: FirmwareUpdateInput,
  now: Instant,
): { readonly retrieveAt: Instant; readonly installAt: Instant | null } {
  if ((input.signature === undefined) !== (input.signingCertificate === undefined)) throw badSignature();
  const retrieveAt = input.retrieveAt === undefined ? now : Date.parse(input.retrieveAt);
  // A time that is over means at once, for the station as well as for the address.
  if (retrieveAt > now + MAX_DAYS_AHEAD * DAY_MS) {
    throw badTime({ field: 'retrieveAt', expected: `at most ${MAX_DAYS_AHEAD} days ahead` });
  }
  const installAt = input.installAt === undefined ? null : Date.parse(input.installAt);
  if (installAt !== null && installAt < retrieveAt) {
    throw badTime({ field: 'installAt', expected: 'after retrieveAt' });
  }
  return { retrieveAt: instant(Math.max(retrieveAt, now)), installAt: installAt === null ? null : instant(installAt) };
}
