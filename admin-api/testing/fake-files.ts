import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { CommandsPort, StationsPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import {
  type FileContents,
  FileRefused,
  type FilesPort,
  type FirmwareFileView,
  type FirmwareUpdateView,
  type LogRequestView,
  type StationFileView,
} from '@voltpile/operations/contract/files';

const NOW = '2026-05-01T00:00:00.000Z';
const fileNotFound = defineError('file.not_found', 'NotFound', 'There is no file {fileId}.');
const fileInUse = defineError('file.in_use', 'Conflict', 'File {fileId} may still be fetched.');

/** Files in memory, for tests of the API: no rules, but pages and errors as the contract promises them. */
export class FakeFiles {
  readonly firmwareRows: FirmwareFileView[] = [];
  readonly updateRows: FirmwareUpdateView[] = [];
  readonly requestRows: LogRequestView[] = [];
  readonly stationFileRows: StationFileView[] = [];
  /** By the id of the file. */
  readonly bytes = new Map<string, Buffer>();
  /** Firmware that cannot be removed without force. */
  readonly inUse = new Set<string>();
  readonly maxBytes = 100_000;
  refuse: FileRefused | undefined;
  readonly port: FilesPort;

  constructor(organizationId: string, siteId: string, stations: StationsPort, commands: CommandsPort) {
    const common = {
      organizationId,
      siteId,
      requestNumber: 7,
      state: 'pending',
      status: null,
      statusAt: null,
      progress: [],
      tokenExpiresAt: NOW,
      createdAt: NOW,
      finishedAt: null,
    } as const;
    const give = (scope: Parameters<StationsPort['get']>[0], stationId: string, action: string, by: string | null) =>
      commands.submit(scope, stationId, { action, payload: {}, requestedBy: by }, ['configure']);
    this.port = {
      listFirmware: async (_scope, page) => paged(this.firmwareRows, page),
      getFirmware: async (_scope, id) => this.#firmware(id),
      removeFirmware: async (_scope, id, { force }) => {
        const row = this.#firmware(id);
        if (this.inUse.has(id) && !force) throw fileInUse({ fileId: id });
        this.firmwareRows.splice(this.firmwareRows.indexOf(row), 1);
      },
      startFirmwareUpdate: async (scope, stationId, input, requestedBy) => {
        await stations.get(scope, stationId);
        const file = this.#firmware(input.fileId);
        const command = await give(scope, stationId, 'update-firmware', requestedBy);
        const update: FirmwareUpdateView = {
          ...common,
          id: uuidv7(),
          stationId,
          commandId: command.id,
          requestedBy,
          fileId: file.id,
          fileName: file.name,
          signed: input.signature !== undefined,
          retrieveAt: input.retrieveAt ?? NOW,
          installAt: input.installAt ?? null,
        };
        this.updateRows.push(update);
        return { command, update };
      },
      listFirmwareUpdates: async (scope, stationId, page) => {
        await stations.get(scope, stationId);
        return paged(this.updateRows, page);
      },
      requestLog: async (scope, stationId, input, requestedBy) => {
        const command = await give(scope, stationId, 'get-log', requestedBy);
        const request: LogRequestView = {
          ...common,
          id: uuidv7(),
          stationId,
          commandId: command.id,
          requestedBy,
          logType: input.logType,
          oldest: input.oldest ?? null,
          latest: input.latest ?? null,
          files: [...this.stationFileRows],
        };
        this.requestRows.push(request);
        return { command, request };
      },
      listLogRequests: async (scope, stationId, page) => {
        await stations.get(scope, stationId);
        return paged(this.requestRows, page);
      },
      listStationFiles: async (_scope, filter, page) =>
        paged(
          this.stationFileRows.filter(
            (row) =>
              (filter.stationId === undefined || row.stationId === filter.stationId) &&
              (filter.kind === undefined || row.kind === filter.kind),
          ),
          page,
        ),
    };
  }

  readonly contents: FileContents = {
    storeFirmware: async (_scope, facts, request) => {
      if (this.refuse !== undefined) throw this.refuse;
      const pieces: Buffer[] = [];
      let length = 0;
      for await (const piece of (request as IncomingMessage).iterator({ destroyOnReturn: false })) {
        length += (piece as Buffer).length;
        if (length > this.maxBytes) throw new FileRefused('too-large');
        pieces.push(piece as Buffer);
      }
      const content = Buffer.concat(pieces);
      const sha256 = createHash('sha256').update(content).digest('hex');
      const known = this.firmwareRows.find((row) => row.sha256 === sha256 && row.name === facts.name);
      if (known !== undefined) return { file: known, isNew: false };
      const file: FirmwareFileView = {
        id: uuidv7(),
        organizationId: facts.organizationId ?? uuidv7(),
        name: facts.name,
        status: 'complete',
        contentType: facts.contentType ?? '',
        sizeBytes: content.length,
        sha256,
        createdAt: NOW,
        completedAt: NOW,
        uploadedBy: facts.uploadedBy,
      };
      this.firmwareRows.push(file);
      this.bytes.set(file.id, content);
      return { file, isNew: true };
    },
    send: async (_scope, { id }, request, response) => {
      if (this.refuse !== undefined) throw this.refuse;
      const content = this.bytes.get(id);
      if (content === undefined) throw fileNotFound({ fileId: id });
      response.setHeader('Content-Type', 'application/octet-stream');
      if (request.headers.range === undefined) response.end(content);
      else {
        response.setHeader('Content-Range', `bytes 0-0/${content.length}`);
        response.writeHead(206).end(content.subarray(0, 1));
      }
    },
  };

  #firmware(id: string): FirmwareFileView {
    const row = this.firmwareRows.find((candidate) => candidate.id === id);
    if (row === undefined) throw fileNotFound({ fileId: id });
    return row;
  }
}

function paged<T>(all: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}
