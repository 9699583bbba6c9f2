import type { Clock, Instant } from '@voltpile/kernel/clock';
import { instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { FileRefused } from '../contract/files.ts';
import type { DiskStore, StagedContent } from './disk-store.ts';
import { displayName, mediaType } from './file-names.ts';
import { kindOfLog } from './log-kinds.ts';
import {
  type CompleteContent,
  claimExpectedFile,
  completeFile,
  countCompleteFiles,
  deleteFile,
  type FileRow,
  failFile,
  findSameContent,
  insertFirmware,
  insertStationFile,
  sumOfSizes,
} from './persistence/files-repository.ts';
import { lockRequest, type RequestDetails, type RequestRow, storeProgress } from './persistence/requests-repository.ts';
import type { FileSettings } from './settings.ts';
import type { Transfer, TransferBudget } from './transfer-budget.ts';

export const fileEmpty = defineError('file.empty', 'InvalidArgument', 'The file is empty.');
export const wrongDigest = defineError(
  'file.wrong_digest',
  'InvalidArgument',
  'The file is not what it should be: its SHA-256 is {found}.',
);
export const fileGone = defineError('file.gone', 'Conflict', 'The file was removed while it was being received.');

/** Files that one log request may bring: stations repeat uploads, and some send a file for each of their parts. */
const MAX_FILES_PER_REQUEST = 20;
/** What an upload of unknown length reserves ahead of itself. */
const RESERVE_AHEAD_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;

/** A content on its way in. */
export interface Incoming {
  /** As the sender says; not to be trusted. */
  readonly name: string | null | undefined;
  readonly contentType: string | undefined;
  /** As the sender says. */
  readonly declaredBytes: number | null;
  readonly source: AsyncIterable<Buffer>;
  /** Told how many bytes have come so far, again and again. */
  readonly onProgress: (bytes: number) => void;
}

/** `too-many`: the request has brought all the files that it may. */
export type UploadResult =
  | { readonly kind: 'stored'; readonly file: FileRow; readonly isNew: boolean }
  | { readonly kind: 'too-many' };

export interface FileIntakeOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: DiskStore;
  readonly budget: TransferBudget;
  readonly settings: FileSettings;
}

/**
 * Takes contents in: into a temporary place first, then under the file's id, then into the database, in this order. Whatever cuts it off,
 * a file that is `complete` is whole; what is left over is removed by the job that tidies up.
 */
export class FileIntake {
  readonly #options: FileIntakeOptions;
  /** Files whose content is being written or has just been. */
  readonly #active = new Set<Uuid>();
  /** Of everything that is here, as far as we know. */
  #usedBytes = 0;

  constructor(options: FileIntakeOptions) {
    this.#options = options;
  }

  /** Whether the content of that file is being received: nobody else may judge it now. */
  isActive(id: Uuid): boolean {
    return this.#active.has(id);
  }

  /**
   * A file that a station puts. Every complete one is kept, and the last one is what the request has brought; the same content under the same
   * name again is the same file, so that a station that has lost our answer may repeat itself.
   *
   * @throws FileRefused; Unavailable `database.unavailable`; what the source threw
   */
  async fromStation(request: RequestRow, incoming: Incoming): Promise<UploadResult> {
    const { knex, clock, settings } = this.#options;
    return this.#receive(`upload:${request.id}`, settings.maxLogFileBytes, incoming, async (receive) => {
      const count = await withDatabaseErrors(() => countCompleteFiles(knex, request.id));
      if (count >= MAX_FILES_PER_REQUEST) return { kind: 'too-many' };
      const name = displayName(incoming.name);
      const id = await withDatabaseErrors(() => this.#placeFor(request, name));
      return receive(id, async (staged) => {
        const now = clock.now();
        const content = {
          ...contentOf(staged, name, incoming.contentType, now),
          expiresAt: instant(now + settings.logFileDays * DAY_MS),
        };
        const stored = await this.#complete(id, { requestId: request.id }, content, staged, (trx) =>
          this.#noteArrival(trx, request.id, now),
        );
        return { kind: 'stored', ...stored };
      });
    });
  }

  /**
   * A file that an operator uploads for stations.
   *
   * @throws InvalidArgument `file.empty`, `file.wrong_digest`; FileRefused; Unavailable `database.unavailable`; what the source threw
   */
  async firmware(
    facts: { readonly organizationId: Uuid; readonly uploadedBy: string | null; readonly sha256: string | undefined },
    incoming: Incoming,
  ): Promise<{ readonly file: FileRow; readonly isNew: boolean }> {
    const { knex, clock, settings } = this.#options;
    const { organizationId, uploadedBy, sha256 } = facts;
    const key = `firmware:${uploadedBy ?? ''}`;
    return this.#receive(key, settings.maxFirmwareBytes, incoming, async (receive) => {
      const name = displayName(incoming.name);
      const id = uuidv7();
      const contentType = mediaType(incoming.contentType);
      await withDatabaseErrors(() =>
        insertFirmware(knex, { id, organizationId, name, contentType, uploadedBy, createdAt: clock.now() }),
      );
      return receive(id, async (staged) => {
        if (staged.sizeBytes === 0) throw fileEmpty();
        const found = staged.sha256.toString('hex');
        if (sha256 !== undefined && sha256.toLowerCase() !== found) throw wrongDigest({ found });
        const content = contentOf(staged, name, incoming.contentType, clock.now());
        return this.#complete(id, { organizationId }, content, staged, async () => {});
      });
    });
  }

  /** The whole of a reception: a place among the transfers, room on disk, and the file's id held for as long as it lasts. */
  async #receive<T>(
    key: string,
    maxBytes: number,
    incoming: Incoming,
    run: (receive: (id: Uuid, keep: (staged: StagedContent) => Promise<T>) => Promise<T>) => Promise<T>,
  ): Promise<T> {
    const { declaredBytes } = incoming;
    if (declaredBytes !== null && declaredBytes > maxBytes) throw new FileRefused('too-large');
    const transfer = this.#options.budget.begin(key);
    if (transfer === undefined) throw new FileRefused('busy');
    try {
      this.#usedBytes = await withDatabaseErrors(() => sumOfSizes(this.#options.knex));
      this.#reserve(transfer, declaredBytes ?? 0);
      return await run((id, keep) => this.#write(id, transfer, maxBytes, incoming, keep));
    } finally {
      transfer.end();
    }
  }

  async #write<T>(
    id: Uuid,
    transfer: Transfer,
    maxBytes: number,
    incoming: Incoming,
    keep: (staged: StagedContent) => Promise<T>,
  ): Promise<T> {
    const { disk } = this.#options;
    this.#active.add(id);
    try {
      let bytes = 0;
      const staged = await disk
        .stage(id, incoming.source, {
          onBytes: (count) => {
            bytes += count;
            if (bytes > maxBytes) throw new FileRefused('too-large');
            if (bytes > transfer.reservedBytes) this.#reserve(transfer, bytes + RESERVE_AHEAD_BYTES);
            incoming.onProgress(bytes);
          },
        })
        .catch((error: unknown) => {
          throw isDiskFull(error) ? new FileRefused('storage-full') : error;
        });
      try {
        const kept = await keep(staged);
        this.#usedBytes += staged.sizeBytes;
        return kept;
      } finally {
        await staged.discard();
      }
    } catch (error) {
      await this.#giveUp(id);
      throw error;
    } finally {
      this.#active.delete(id);
    }
  }

  #reserve(transfer: Transfer, bytes: number): void {
    const { budget, settings } = this.#options;
    const others = budget.reservedBytes - transfer.reservedBytes;
    if (this.#usedBytes + others + bytes > settings.maxFilesBytes) throw new FileRefused('storage-full');
    transfer.reserve(bytes);
  }

  /** The row that waits for the request's file, or another one when it has come already. */
  async #placeFor(request: RequestRow, name: string): Promise<Uuid> {
    const { knex, clock } = this.#options;
    const expected = await claimExpectedFile(knex, request.id);
    if (expected !== undefined) return expected;
    const id = uuidv7();
    await insertStationFile(knex, {
      id,
      kind: kindOfLog(request.detail as RequestDetails['log-request']),
      place: {
        organizationId: request.organization_id,
        siteId: request.site_id,
        stationKey: request.station_key,
        stationId: request.station_id,
      },
      requestId: request.id,
      name,
      status: 'receiving',
      createdAt: clock.now(),
    });
    return id;
  }

  /**
   * Puts the content in its place, then tells the database. When that does not answer, nobody knows whether it has heard: then both stay
   * as they are, and the job that tidies up believes the database.
   */
  async #complete(
    id: Uuid,
    owner: { readonly requestId: Uuid } | { readonly organizationId: Uuid },
    content: CompleteContent,
    staged: StagedContent,
    also: (trx: Knex) => Promise<void>,
  ): Promise<{ readonly file: FileRow; readonly isNew: boolean }> {
    const { knex, disk } = this.#options;
    const before = await withDatabaseErrors(() => findSameContent(knex, owner, content));
    if (before !== undefined) return this.#sameAgain(id, before);
    await staged.keep();
    try {
      const file = await withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const completed = await completeFile(trx, id, content);
          await also(trx);
          return completed;
        }),
      );
      if (file !== undefined) return { file, isNew: true };
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      // The same content has come twice at the same time, and the other one was first.
      const other = await withDatabaseErrors(() => findSameContent(knex, owner, content));
      await disk.remove(id);
      if (other !== undefined) return this.#sameAgain(id, other);
      throw error;
    }
    await disk.remove(id);
    throw fileGone();
  }

  async #sameAgain(id: Uuid, file: FileRow): Promise<{ readonly file: FileRow; readonly isNew: boolean }> {
    await withDatabaseErrors(() => deleteFile(this.#options.knex, id));
    return { file, isNew: false };
  }

  /** A file that is here is a log request's success, whatever its station says of it. */
  async #noteArrival(trx: Knex, requestId: Uuid, now: Instant): Promise<void> {
    const row = await lockRequest(trx, requestId);
    if (row === undefined || row.state === 'succeeded') return;
    await storeProgress(trx, row, { progress: { state: 'succeeded', status: row.status }, now });
  }

  async #giveUp(id: Uuid): Promise<void> {
    try {
      await failFile(this.#options.knex, id);
    } catch (err) {
      this.#options.logger.warn({ err, file: id }, 'a broken upload could not be noted; the next tidying does it');
    }
  }
}

const UNIQUE_VIOLATION = '23505';

function contentOf(
  staged: StagedContent,
  name: string,
  contentType: string | undefined,
  completedAt: Instant,
): CompleteContent {
  const { sizeBytes, sha256 } = staged;
  return { name, contentType: mediaType(contentType), sizeBytes, sha256, completedAt, expiresAt: null };
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown }).code));
}
