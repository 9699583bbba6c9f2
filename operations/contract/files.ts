import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { CommandView } from '@voltpile/csms/contract/operator-ports';
import type { Uuid } from '@voltpile/kernel/ids';

/**
 * Firmware for stations and files from stations. Two ports: {@link FilesPort} has everything that is told in JSON, {@link FileContents}
 * the bytes, which go from one HTTP message to another and never through memory as a whole (ADR 0015).
 */

/**
 * `expected`: a station was asked for it. `receiving`: on its way. `failed`: the upload broke off, or the content was lost. `expired`: it
 * never came, or was removed because of its age.
 */
export const FILE_STATUSES = ['expected', 'receiving', 'complete', 'failed', 'expired'] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

export const STATION_FILE_KINDS = ['diagnostics', 'security-log'] as const;
export type StationFileKind = (typeof STATION_FILE_KINDS)[number];

/**
 * `pending`: the command is on its way. `running`: the station has taken it. `rejected`: it has not, or is offline. `expired`: nothing
 * final was heard while the address was good. `succeeded`: installed, or a file is here.
 */
export const REQUEST_STATES = ['pending', 'running', 'succeeded', 'failed', 'rejected', 'expired'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

interface StoredFileView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** As its sender called it; for people to read. */
  readonly name: string;
  readonly status: FileStatus;
  /** What the sender said it is; it is always handed out as bytes. */
  readonly contentType: string;
  /** null while there is no content. */
  readonly sizeBytes: number | null;
  /** Hexadecimal. */
  readonly sha256: string | null;
  readonly createdAt: string;
  readonly completedAt: string | null;
}

export interface FirmwareFileView extends StoredFileView {
  readonly uploadedBy: string | null;
}

export interface StationFileView extends StoredFileView {
  readonly kind: StationFileKind;
  readonly siteId: Uuid;
  readonly stationId: string;
  /** The log request that it answers; null once that is forgotten. */
  readonly logRequestId: Uuid | null;
  /** When it is removed because of its age. */
  readonly expiresAt: string | null;
}

/** A status that the station reported, in the words of its dialect. */
export interface ProgressStep {
  readonly status: string;
  readonly receivedAt: string;
}

interface StationRequestView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  /** What the station calls it (`requestId`), where its dialect has numbers. */
  readonly requestNumber: number;
  readonly commandId: Uuid | null;
  readonly state: RequestState;
  /** The station's last word on it. */
  readonly status: string | null;
  readonly statusAt: string | null;
  /** The newest 50, oldest first. */
  readonly progress: readonly ProgressStep[];
  /** Until when the address in the command is good. */
  readonly tokenExpiresAt: string;
  readonly requestedBy: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface FirmwareUpdateView extends StationRequestView {
  /** null once the file was removed. */
  readonly fileId: Uuid | null;
  readonly fileName: string;
  readonly signed: boolean;
  readonly retrieveAt: string;
  readonly installAt: string | null;
}

export type LogType = 'DiagnosticsLog' | 'SecurityLog';

export interface LogRequestView extends StationRequestView {
  readonly logType: LogType;
  readonly oldest: string | null;
  readonly latest: string | null;
  /** What has come so far, the newest last; at most 20. */
  readonly files: readonly StationFileView[];
}

export interface FirmwareUpdateInput {
  readonly fileId: Uuid;
  /** RFC 3339; absent: now. At most 90 days ahead. */
  readonly retrieveAt?: string | undefined;
  readonly installAt?: string | undefined;
  /** Both or neither: with them the update is a signed one. */
  readonly signature?: string | undefined;
  readonly signingCertificate?: string | undefined;
  readonly retries?: number | undefined;
  readonly retryIntervalSeconds?: number | undefined;
}

export interface LogRequestInput {
  readonly logType: LogType;
  readonly oldest?: string | undefined;
  readonly latest?: string | undefined;
  readonly retries?: number | undefined;
  readonly retryIntervalSeconds?: number | undefined;
}

export interface FilesPort {
  listFirmware(scope: AccessScope, page: PageRequest): Promise<Page<FirmwareFileView>>;
  getFirmware(scope: AccessScope, id: Uuid): Promise<FirmwareFileView>;
  /**
   * Removes file and content.
   *
   * @throws Conflict `file.in_use` while a station may still fetch it, unless forced
   */
  removeFirmware(scope: AccessScope, id: Uuid, options: { readonly force: boolean }): Promise<void>;

  /**
   * Gives the station an address to fetch the file from, and the command to do so.
   *
   * @throws NotFound `station.not_found`, `file.not_found`; FailedPrecondition `file.not_complete`, `command.not_supported`; InvalidArgument
   *   `firmware.bad_signature`, `firmware.bad_time`
   */
  startFirmwareUpdate(
    scope: AccessScope,
    stationId: string,
    input: FirmwareUpdateInput,
    requestedBy: string | null,
  ): Promise<{ readonly command: CommandView; readonly update: FirmwareUpdateView }>;
  listFirmwareUpdates(scope: AccessScope, stationId: string, page: PageRequest): Promise<Page<FirmwareUpdateView>>;

  /**
   * Gives the station an address to put a log to, and the command to do so.
   *
   * @throws NotFound `station.not_found`; FailedPrecondition `log.type_not_supported`, `command.not_supported`
   */
  requestLog(
    scope: AccessScope,
    stationId: string,
    input: LogRequestInput,
    requestedBy: string | null,
  ): Promise<{ readonly command: CommandView; readonly request: LogRequestView }>;
  listLogRequests(scope: AccessScope, stationId: string, page: PageRequest): Promise<Page<LogRequestView>>;

  /** Files from stations, newest first. */
  listStationFiles(
    scope: AccessScope,
    filter: { readonly stationId?: string | undefined; readonly kind?: StationFileKind | undefined },
    page: PageRequest,
  ): Promise<Page<StationFileView>>;
}

/** What somebody says about the file that follows. */
export interface FirmwareUpload {
  readonly name: string;
  readonly contentType: string | undefined;
  /** Absent: the first organisation in the scope. */
  readonly organizationId?: Uuid | undefined;
  /** Hexadecimal: what the content must be. */
  readonly sha256?: string | undefined;
  readonly uploadedBy: string | null;
}

/** The contents of files. Runs where the files are. */
export interface FileContents {
  /**
   * Stores the body of a request. The same content under the same name again is the same file (`isNew: false`).
   *
   * @throws NotFound `organization.not_found`; InvalidArgument `file.empty`, `file.wrong_digest`; `FileRefused` for what is too large or
   *   too much; what ended the request
   */
  storeFirmware(
    scope: AccessScope,
    facts: FirmwareUpload,
    request: IncomingMessage | Readable,
    declaredBytes: number | null,
  ): Promise<{ readonly file: FirmwareFileView; readonly isNew: boolean }>;

  /**
   * Answers with the content as a download: whole, or the range that the request names.
   *
   * @throws NotFound `file.not_found` (nothing has been answered then); `FileRefused`
   */
  send(
    scope: AccessScope,
    what: { readonly id: Uuid; readonly sort: 'firmware' | 'station-file' },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void>;
}

/** Why no file is taken or given: refusals that HTTP has numbers for. */
export type FileRefusal = 'too-large' | 'storage-full' | 'busy' | 'no-such-range' | 'other-content';

export class FileRefused extends Error {
  readonly reason: FileRefusal;
  /** Of the file that there is, where that matters. */
  readonly sizeBytes: number | undefined;

  constructor(reason: FileRefusal, sizeBytes?: number) {
    super(`the file was refused: ${reason}`);
    this.name = 'FileRefused';
    this.reason = reason;
    this.sizeBytes = sizeBytes;
  }
}
