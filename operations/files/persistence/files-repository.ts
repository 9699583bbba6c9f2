import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { StationKey } from '@voltpile/csms/contract/ids';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { FileStatus, FirmwareFileView, StationFileKind, StationFileView } from '../../contract/files.ts';

export type FileKind = 'firmware' | StationFileKind;

export interface FileRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid | null;
  readonly kind: FileKind;
  readonly station_key: StationKey | null;
  readonly station_id: string | null;
  readonly request_id: Uuid | null;
  readonly name: string;
  readonly content_type: string;
  readonly size_bytes: string | null;
  readonly sha256: Buffer | null;
  readonly status: FileStatus;
  readonly uploaded_by: string | null;
  readonly created_at: Date;
  readonly completed_at: Date | null;
  readonly expires_at: Date | null;
}

/** Where a station stands, as the files and requests of it remember. */
export interface StationPlace {
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationKey: StationKey;
  readonly stationId: string;
}

/** What a file's content turned out to be. */
export interface CompleteContent {
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly completedAt: Instant;
  readonly expiresAt: Instant | null;
}

const files = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('files');

export async function insertFirmware(
  db: Knex,
  file: {
    readonly id: Uuid;
    readonly organizationId: Uuid;
    readonly name: string;
    readonly contentType: string;
    readonly uploadedBy: string | null;
    readonly createdAt: Instant;
  },
): Promise<void> {
  await files(db).insert({
    id: file.id,
    organization_id: file.organizationId,
    kind: 'firmware',
    name: file.name,
    content_type: file.contentType,
    status: 'receiving',
    uploaded_by: file.uploadedBy,
    created_at: toIso(file.createdAt),
  });
}

/** A file that a station was asked for, or that it is putting. */
export async function insertStationFile(
  db: Knex,
  file: {
    readonly id: Uuid;
    readonly kind: StationFileKind;
    readonly place: StationPlace;
    readonly requestId: Uuid;
    readonly name: string;
    readonly status: 'expected' | 'receiving';
    readonly createdAt: Instant;
  },
): Promise<void> {
  await files(db).insert({
    id: file.id,
    organization_id: file.place.organizationId,
    site_id: file.place.siteId,
    kind: file.kind,
    station_key: file.place.stationKey,
    station_id: file.place.stationId,
    request_id: file.requestId,
    name: file.name,
    content_type: 'application/octet-stream',
    status: file.status,
    created_at: toIso(file.createdAt),
  });
}

/** Takes the row of a file of that request which has not come yet, for an upload that begins; of several at once each takes another one. */
export async function claimExpectedFile(db: Knex, requestId: Uuid): Promise<Uuid | undefined> {
  const { rows } = await db.raw<{ rows: { id: Uuid }[] }>(
    `update operations.files set status = 'receiving' where id = (
       select id from operations.files where request_id = ?::uuid and status in ('expected', 'failed')
       order by id limit 1 for update skip locked
     ) returning id`,
    [requestId],
  );
  return rows[0]?.id;
}

/** The number of that request's files that are here. */
export async function countCompleteFiles(db: Knex, requestId: Uuid): Promise<number> {
  const [row] = await files(db).where({ request_id: requestId, status: 'complete' }).count('* as count');
  return Number((row as { count: string }).count);
}

/** The same content under the same name for the same purpose, if it is here already. */
export async function findSameContent(
  db: Knex,
  of: { readonly requestId: Uuid } | { readonly organizationId: Uuid },
  content: { readonly name: string; readonly sha256: Buffer },
): Promise<FileRow | undefined> {
  const owner =
    'requestId' in of
      ? { request_id: of.requestId }
      : { organization_id: of.organizationId, kind: 'firmware', request_id: null };
  return files(db)
    .where({ ...owner, name: content.name, sha256: content.sha256, status: 'complete' })
    .first();
}

/** @returns the file as it is now; undefined when its row has gone meanwhile */
export async function completeFile(db: Knex, id: Uuid, content: CompleteContent): Promise<FileRow | undefined> {
  const [row] = await files(db)
    .where({ id, status: 'receiving' })
    .update(
      {
        status: 'complete',
        name: content.name,
        content_type: content.contentType,
        size_bytes: content.sizeBytes,
        sha256: content.sha256,
        completed_at: toIso(content.completedAt),
        expires_at: content.expiresAt === null ? null : toIso(content.expiresAt),
      },
      '*',
    );
  return row;
}

/** An upload broke off. A station's file stays expected, in a way; of firmware nothing is left. */
export async function failFile(db: Knex, id: Uuid): Promise<void> {
  await files(db).where({ id, status: 'receiving', kind: 'firmware' }).delete();
  await files(db).where({ id, status: 'receiving' }).update({ status: 'failed' });
}

export async function deleteFile(db: Knex, id: Uuid): Promise<void> {
  await files(db).where({ id }).delete();
}

export async function findFile(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  sort: 'firmware' | 'station-file',
  options: { readonly lock?: boolean } = {},
): Promise<FileRow | undefined> {
  const query = files(db).where({ id }).modify(withinScope(scope));
  if (sort === 'firmware') query.where('kind', 'firmware');
  else query.whereNot('kind', 'firmware');
  if (options.lock === true) query.forUpdate();
  return query.first();
}

/** Firmware that is here or on its way, newest first. */
export async function listFirmwareRows(
  db: Knex,
  scope: AccessScope,
  after: Uuid | null,
  count: number,
): Promise<FileRow[]> {
  const query = files(db).where('kind', 'firmware').modify(withinScope(scope)).orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  return query;
}

export async function listStationFileRows(
  db: Knex,
  scope: AccessScope,
  filter: { readonly stationId?: string | undefined; readonly kind?: StationFileKind | undefined },
  after: Uuid | null,
  count: number,
): Promise<FileRow[]> {
  const query = files(db).whereNot('kind', 'firmware').modify(withinScope(scope)).orderBy('id', 'desc').limit(count);
  if (filter.stationId !== undefined) query.where('station_id', filter.stationId);
  if (filter.kind !== undefined) query.where('kind', filter.kind);
  if (after !== null) query.where('id', '<', after);
  return query;
}

/** The files of these requests in the order of their coming; what is still expected last. */
export async function readFilesOfRequests(db: Knex, requestIds: readonly Uuid[]): Promise<FileRow[]> {
  return files(db)
    .whereRaw('request_id = any(?::uuid[])', [[...requestIds]])
    .orderByRaw('completed_at nulls last, id');
}

/** Bytes of everything that is here. */
export async function sumOfSizes(db: Knex): Promise<number> {
  const [row] = await files(db).where('status', 'complete').sum('size_bytes as sum');
  return Number((row as { sum: string | null }).sum ?? 0);
}

/** Which of these are complete. */
export async function wantedAmong(db: Knex, ids: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  const rows: Uuid[] = await files(db)
    .whereIn('status', ['complete', 'receiving'])
    .whereRaw('id = any(?::uuid[])', [[...ids]])
    .pluck('id');
  return new Set(rows);
}

/** Complete files in the order of their ids, with their sizes. */
export async function completeAfter(
  db: Knex,
  after: Uuid | null,
  count: number,
): Promise<{ readonly id: Uuid; readonly sizeBytes: number }[]> {
  const query = files(db).select('id', 'size_bytes').where('status', 'complete').orderBy('id').limit(count);
  if (after !== null) query.where('id', '>', after);
  const rows: { id: Uuid; size_bytes: string }[] = await query;
  return rows.map(({ id, size_bytes }) => ({ id, sizeBytes: Number(size_bytes) }));
}

/** A complete file whose content is not there, or is not what it was. */
export async function markLost(db: Knex, id: Uuid): Promise<void> {
  await files(db).where({ id, status: 'complete' }).update({ status: 'failed' });
}

/** Ids of the files that an upload is said to be under way for. */
export async function receivingFiles(db: Knex): Promise<Uuid[]> {
  return files(db).where('status', 'receiving').pluck('id');
}

/** Files that are too old: from now on without content. At most so many. */
export async function expireOldFiles(db: Knex, now: Instant, count: number): Promise<Uuid[]> {
  const { rows } = await db.raw<{ rows: { id: Uuid }[] }>(
    `update operations.files set status = 'expired' where id in (
       select id from operations.files where status = 'complete' and expires_at <= ? order by expires_at limit ?
     ) returning id`,
    [toIso(now), count],
  );
  return rows.map(({ id }) => id);
}

/** Files that never came and cannot come any more, for nobody has an address for them. */
export async function expireUnfetchedFiles(db: Knex): Promise<void> {
  await db.raw(
    `update operations.files f set status = 'expired' where f.status in ('expected', 'failed') and f.completed_at is null
       and f.kind <> 'firmware' and not exists (
         select from operations.station_requests r where r.id = f.request_id and r.token_hash is not null)`,
  );
}

/** Forgets files without content that were made before that time. At most so many. */
export async function purgeFiles(db: Knex, before: Instant, count: number): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from operations.files where id in (
       select id from operations.files where status in ('failed', 'expired') and created_at < ? limit ?)`,
    [toIso(before), count],
  );
  return rowCount;
}

export function toFirmwareView(row: FileRow): FirmwareFileView {
  return { ...common(row), uploadedBy: row.uploaded_by };
}

export function toStationFileView(row: FileRow): StationFileView {
  return {
    ...common(row),
    kind: row.kind as StationFileKind,
    siteId: row.site_id as Uuid,
    stationId: row.station_id as string,
    logRequestId: row.request_id,
    expiresAt: row.expires_at?.toISOString() ?? null,
  };
}

function common(row: FileRow): Omit<FirmwareFileView, 'uploadedBy'> {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    status: row.status,
    contentType: row.content_type,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    sha256: row.sha256?.toString('hex') ?? null,
    createdAt: row.created_at.toISOString(),
    completedAt: row.completed_at?.toISOString() ?? null,
  };
}
